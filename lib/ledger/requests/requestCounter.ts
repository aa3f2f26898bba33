import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Answer } from '../../contract/requestCounts.ts';
import { historyKey } from '../history/historyKey.ts';
import { StorageFault } from '../storageFault.ts';
import type { EntityTable, Row } from '../tables/entityTable.ts';
import { RequestTally } from './requestTally.ts';

/** Between two writes. What an instance that is killed has not written yet is lost: so much at the most. */
const EACH_MS = 60_000;
/** Rows that storage did not take are tried again with the next ones; older ones are given up. */
const MOST_WAITING = 10;
/** At an end in order, storage gets this long. */
const LAST_MS = 1_000;

/**
 * What this instance has answered, written as one row a minute, beside the requests and never on their way. A minute
 * without a request writes nothing.
 */
export class RequestCounter {
  readonly #table: EntityTable;
  readonly #clock: Clock;
  /** The instance, so that two never write one row. */
  readonly #instance = randomUUID();
  #tally = new RequestTally();
  #sinceMs = 0;
  #waiting: readonly Row[] = [];
  #stopped: Promise<void> | undefined;

  constructor(table: EntityTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  count(answer: Answer, ms: number): void {
    if (this.#tally.isEmpty) this.#begin();
    this.#tally.add(answer, ms);
  }

  /** Writes what there is, once; for an end in order, of which a process may hear twice. */
  stop(): Promise<void> {
    this.#stopped ??= Promise.race([this.#write(), this.#clock.sleep(LAST_MS)]);
    return this.#stopped;
  }

  #begin(): void {
    this.#sinceMs = this.#clock.wallMs();
    const due = this.#clock.timeout(EACH_MS);
    const tally = this.#tally;
    due.addEventListener(
      'abort',
      () => {
        // An end in order has written it meanwhile.
        if (tally === this.#tally) void this.#write();
      },
      { once: true },
    );
  }

  async #write(): Promise<void> {
    if (!this.#tally.isEmpty) this.#waiting = [...this.#waiting, this.#row()].slice(-MOST_WAITING);
    this.#tally = new RequestTally();
    const rows = this.#waiting;
    this.#waiting = [];
    for (const row of rows) {
      // A conflict is its own row, which an earlier try has written.
      await this.#table.insert(row).catch((error: unknown) => {
        if (!(error instanceof StorageFault)) throw error;
        this.#waiting = [...this.#waiting, row];
      });
    }
  }

  #row(): Row {
    return {
      ...historyKey(this.#sinceMs, this.#instance, randomUUID()),
      since: new Date(this.#sinceMs),
      answers: JSON.stringify(this.#tally.counts()),
    };
  }
}
