import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { StorageFault } from '../storageFault.ts';
import { cellsOf } from '../tables/cells.ts';
import type { EntityTable, Row, Stored } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import type { Charge, ChargeResult, Quota } from './quota.ts';

export interface QuotaOptions {
  readonly quotas: EntityTable;
  readonly clock: Clock;
  /** New allocations of one caller in one window. */
  readonly limit: number;
  readonly windowMs: number;
  readonly onStorageFault: 'refuse' | 'allow';
}

/** A row of `brokerquotas`: one a caller, used again for its next window. */
interface QuotaRow {
  readonly [column: string]: string | number | Date;
  readonly partitionKey: string;
  readonly rowKey: typeof QUOTA_ROW_KEY;
  readonly writeId: string;
  /** The window is [windowStart, windowStart + length), by the clock of the instance that opened it. */
  readonly windowStart: Date;
  readonly used: number;
}

/** A change that waits for its turn. */
type Change =
  | {
      readonly kind: 'charge';
      readonly limit: number;
      readonly done: (result: ChargeResult) => void;
      readonly fail: Fail;
    }
  | { readonly kind: 'give-back'; readonly charge: Charge; readonly done: () => void; readonly fail: Fail };
type Fail = (error: unknown) => void;

/** How a caller's window stands. */
interface Window {
  readonly startMs: number;
  readonly used: number;
}

const QUOTA_ROW_KEY = 'quota';

const LATELY_MS = 3_600_000;
/** Refused callers that are remembered, for `ready` alone. */
const MOST_REFUSED = 1_000;

/**
 * How often a row that other instances write as well is tried. Each failure means that another instance got through,
 * with all its waiting charges at once, so that even a hundred instances seldom need more than a few tries.
 */
const TRIES = 16;
/** Longest pause after the n-th try is n times this: instances that collide come back at different times. */
const PAUSE_MS = 8;

/**
 * {@link Quota} on a table with conditional writes. The charges of one caller in one instance wait for each other, and
 * whatever waits is counted in one write: instances contend once a batch, not once a call.
 */
export class QuotaLedger implements Quota {
  readonly onStorageFault: Quota['onStorageFault'];
  readonly #options: QuotaOptions;
  /** Callers with changes under way, each with those that wait for the next write. */
  readonly #waiting = new Map<string, Change[]>();
  /** When each caller was last refused, oldest first. */
  readonly #refused = new Map<string, number>();

  constructor(options: QuotaOptions) {
    this.#options = options;
    this.onStorageFault = options.onStorageFault;
  }

  charge(caller: string, limit = this.#options.limit): Promise<ChargeResult> {
    return new Promise((done, fail) => this.#enqueue(caller, { kind: 'charge', limit, done, fail }));
  }

  giveBack(charge: Charge): Promise<void> {
    return new Promise((done, fail) =>
      this.#enqueue(charge.caller, { kind: 'give-back', charge, done, fail }),
    );
  }

  refusedLately(): number {
    const sinceMs = this.#options.clock.monotonicMs() - LATELY_MS;
    return [...this.#refused.values()].filter((atMs) => atMs > sinceMs).length;
  }

  #noteRefusal(caller: string): void {
    this.#refused.delete(caller);
    this.#refused.set(caller, this.#options.clock.monotonicMs());
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MOST_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
  }

  #enqueue(caller: string, change: Change): void {
    const waiting = this.#waiting.get(caller);
    if (waiting !== undefined) {
      waiting.push(change);
      return;
    }
    this.#waiting.set(caller, [change]);
    void this.#drain(caller);
  }

  async #drain(caller: string): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(caller)?.splice(0) ?? [];
      if (batch.length === 0) break;
      await this.#apply(caller, batch).then(
        (settleAll) => settleAll(),
        (error: unknown) => batch.forEach(({ fail }) => fail(error)),
      );
    }
    this.#waiting.delete(caller);
  }

  /** Counts the batch in one write; what it resolves to informs those who wait. */
  async #apply(caller: string, batch: readonly Change[]): Promise<() => void> {
    const { quotas, clock } = this.#options;
    let stored = await quotas.read(caller, QUOTA_ROW_KEY);
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const before = this.#windowOf(stored);
      const { after, settleAll } = this.#counted(caller, before, batch);
      if (after === before.used) return settleAll;
      const written = await ownWrite(quotas, quotaRow(caller, { ...before, used: after }), stored?.etag);
      if (written.ok) return settleAll;
      stored = written.current;
      await clock.sleep(Math.random() * tries * PAUSE_MS);
    }
    throw new StorageFault('replace', 'quotas', 'other instances keep writing the row');
  }

  /**
   * The window that is running, or a new one that begins now.
   *
   * @throws StorageFault for a row that cannot be read
   */
  #windowOf(stored: Stored | undefined): Window {
    const nowMs = this.#options.clock.wallMs();
    const window = stored && windowOf(stored.row);
    return window === undefined || nowMs >= window.startMs + this.#options.windowMs
      ? { startMs: nowMs, used: 0 }
      : window;
  }

  #counted(
    caller: string,
    { startMs, used }: Window,
    batch: readonly Change[],
  ): { readonly after: number; readonly settleAll: () => void } {
    const backs = batch.filter((change) => change.kind === 'give-back');
    const charges = batch.filter((change) => change.kind === 'charge');
    // A caller's key says whether it is trusted, so all charges of one have the same limit.
    const limit = charges[0]?.limit ?? 0;
    const kept = Math.max(0, used - backs.filter(({ charge }) => charge.windowStartMs === startMs).length);
    const granted = Math.min(charges.length, Math.max(0, limit - kept));
    const settleAll = (): void => {
      backs.forEach(({ done }) => done());
      if (granted < charges.length) this.#noteRefusal(caller);
      charges.forEach(({ done }, index) =>
        done(
          index < granted
            ? { kind: 'charged', charge: { caller, windowStartMs: startMs } }
            : { kind: 'refused', retryAfterSeconds: this.#secondsLeft(startMs) },
        ),
      );
    };
    return { after: kept + granted, settleAll };
  }

  /** Rounded up: a caller who comes back after these seconds finds a new window. */
  #secondsLeft(startMs: number): number {
    const { clock, windowMs } = this.#options;
    const leftMs = startMs + windowMs - clock.wallMs();
    return Math.ceil(Math.min(Math.max(leftMs, 1), windowMs) / 1_000);
  }
}

function windowOf(row: Row): Window {
  const cells = cellsOf('quotas', row);
  return { startMs: cells.time('windowStart').getTime(), used: cells.number('used') };
}

function quotaRow(caller: string, { startMs, used }: Window): QuotaRow {
  return {
    partitionKey: caller,
    rowKey: QUOTA_ROW_KEY,
    writeId: randomUUID(),
    windowStart: new Date(startMs),
    used,
  };
}
