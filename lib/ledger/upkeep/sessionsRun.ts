import type { Clock } from '../../clock.ts';
import { hourLater, hoursBetween } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { type Page, type PartitionScan, MOST_ROWS_A_PAGE, pagesAhead } from '../tables/partitionScan.ts';
import { type Faults, insist, noteFault } from './faults.ts';
import { type RowRange, rightAfter } from './rowRanges.ts';
import { type Progress, type Watermark, FIRST_PARTITION, hoursOf, moveWatermark } from './watermark.ts';

/** What names the sessions, and keeps how far a run has come. */
export interface NamingTables {
  readonly history: EntityTable;
  readonly historyScan: PartitionScan;
  readonly clock: Clock;
}

/**
 * What came of the sessions that some rows name.
 *
 * - `done`: each is gone, or named by a later hour.
 * - `left`: storage failed, or a session that no later hour names has not expired yet.
 * - `cut`: the time was up before all of them were looked at.
 */
export interface Looked {
  readonly end: 'done' | 'left' | 'cut';
  readonly removed: number;
}

export interface SessionsPruned {
  readonly hours: ReadonlySet<string>;
  readonly sessionsRemoved: number;
  /** How far this run and those before have come; absent: not even the first hour was looked at. */
  readonly progress: Progress | undefined;
  readonly behindHours: number;
  readonly bounded: boolean;
}

/** How often a long run writes down how far it has come: what a killed run loses. */
const SAVED_EVERY_MS = 10_000;

/** Looks at the sessions that a page's rows name. */
type Look = (hour: string, rows: Page['rows'], timeIsUp: () => boolean) => Promise<Looked>;

/**
 * One run through the sessions that the history names. What it has looked at it passes; a page that it must leave, it
 * remembers. It writes both down together, so that nothing falls between them, whenever it is killed.
 */
export class SessionsRun {
  readonly #tables: NamingTables;
  readonly #faults: Faults;
  /** The first hour whose sessions are too young. */
  readonly #end: string;
  readonly #look: Look;
  readonly #hours = new Set<string>();
  #removed = 0;
  #progress: Progress | undefined;
  #saved: Watermark;
  #savedAtMs: number;
  /** Another run has written how far it has come: it goes on, and this one does not. */
  #overtaken = false;

  constructor(tables: NamingTables, faults: Faults, seen: Watermark, end: string, look: Look) {
    this.#tables = tables;
    this.#faults = faults;
    this.#saved = seen;
    this.#savedAtMs = tables.clock.monotonicMs();
    this.#progress = seen.progress;
    this.#end = end;
    this.#look = look;
  }

  /** Looks at the pages that earlier runs have left. */
  async lookAgain(timeIsUp: () => boolean): Promise<void> {
    if (this.#progress === undefined) return;
    const left: RowRange[] = [];
    for (const range of this.#progress.again) left.push(...(await this.#lookAgainAt(range, timeIsUp)));
    this.#progress = { ...this.#progress, again: left };
  }

  /** @returns whether everything that is due was looked at */
  async lookFurther(timeIsUp: () => boolean): Promise<boolean> {
    try {
      const from = this.#progress;
      for await (const hour of this.#hoursFrom(from?.hour ?? FIRST_PARTITION)) {
        this.#reach(hour, hour === from?.hour ? from.row : undefined);
        if (!(await this.#lookThroughHour(hour, timeIsUp))) return false;
        this.#reach(hourLater(hour, 1));
      }
    } catch (error) {
      return this.#note(error);
    }
    if (this.#end > (this.#progress?.hour ?? FIRST_PARTITION)) this.#reach(this.#end);
    return true;
  }

  /** Writes down how far the run has come. */
  async save(): Promise<void> {
    const [{ clock, history }, progress] = [this.#tables, this.#progress];
    this.#savedAtMs = clock.monotonicMs();
    if (progress === undefined || this.#overtaken) return;
    const end = { behindHours: this.#behindHours(), atMs: clock.wallMs() };
    try {
      const saved = await insist(() => moveWatermark(history, 'prune', this.#saved, progress, end));
      if (saved === undefined) this.#overtaken = true;
      else this.#saved = saved;
    } catch (error) {
      this.#note(error);
    }
  }

  report(): Omit<SessionsPruned, 'bounded'> {
    const [hours, sessionsRemoved] = [this.#hours, this.#removed];
    return { hours, sessionsRemoved, progress: this.#progress, behindHours: this.#behindHours() };
  }

  #behindHours(): number {
    return this.#progress === undefined ? 0 : hoursBetween(this.#progress.hour, this.#end);
  }

  /** @returns what is still left of the range */
  async #lookAgainAt(range: RowRange, timeIsUp: () => boolean): Promise<readonly RowRange[]> {
    const left: RowRange[] = [];
    let rest = range;
    try {
      for await (const page of this.#pages(range)) {
        const { end } = await this.#lookAt(page, timeIsUp);
        if (end === 'cut') return [...left, rest];
        if (end === 'left') left.push(page.range);
        rest = { ...range, afterRow: page.last };
      }
    } catch (error) {
      this.#note(error);
      return [...left, rest];
    }
    return left;
  }

  /** @returns false: the run ends here */
  async #lookThroughHour(hour: string, timeIsUp: () => boolean): Promise<boolean> {
    try {
      for await (const page of this.#pages({ hour, afterRow: this.#progress?.row })) {
        const { end } = await this.#lookAt(page, timeIsUp);
        if (end === 'cut') return false;
        if (end === 'left') this.#remember(page.range);
        this.#reach(hour, page.last);
        if (this.#tables.clock.monotonicMs() - this.#savedAtMs >= SAVED_EVERY_MS) await this.save();
        if (this.#overtaken) return false;
      }
    } catch (error) {
      // The hour's rows cannot be listed: the hours after it can.
      this.#note(error);
      this.#remember({ hour, afterRow: this.#progress?.row });
    }
    return true;
  }

  async #lookAt({ range: { hour }, rows }: NamingPage, timeIsUp: () => boolean): Promise<Looked> {
    this.#hours.add(hour);
    const looked = await this.#look(hour, rows, timeIsUp);
    this.#removed += looked.removed;
    return looked;
  }

  async *#pages(range: RowRange): AsyncGenerator<NamingPage, void> {
    const { hour: partitionKey, beforeRow } = range;
    let { afterRow } = range;
    const request = { partitionKey, ...range, columns: ['sessionId'], limit: MOST_ROWS_A_PAGE };
    const pages = pagesAhead((continuation) =>
      insist(() => this.#tables.historyScan.page({ ...request, continuation })),
    );
    for await (const { rows, continuation } of pages) {
      const last = rows.at(-1)?.row.rowKey;
      if (last === undefined) continue;
      const until = continuation === undefined ? beforeRow : rightAfter(last);
      yield { rows, last, range: { hour: partitionKey, afterRow, beforeRow: until } };
      afterRow = last;
    }
  }

  #hoursFrom(from: string): AsyncGenerator<string, void> {
    const { historyScan } = this.#tables;
    const nextPartition = (first: string, before: string): Promise<string | undefined> =>
      insist(() => historyScan.nextPartition(first, before));
    return hoursOf({ nextPartition }, from, this.#end);
  }

  #reach(hour: string, row?: string): void {
    this.#progress = { hour, row, again: this.#progress?.again ?? [] };
  }

  #remember(range: RowRange): void {
    if (this.#progress === undefined) return;
    this.#progress = { ...this.#progress, again: [...this.#progress.again, range] };
  }

  /** @throws what is no storage fault */
  #note(error: unknown): false {
    noteFault(error, this.#faults);
    return false;
  }
}

/** Rows of an hour's page that name sessions. */
interface NamingPage {
  readonly rows: Page['rows'];
  readonly last: string;
  readonly range: RowRange;
}
