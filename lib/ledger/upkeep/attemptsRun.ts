import type { Clock } from '../../clock.ts';
import { inParallel } from '../../inParallel.ts';
import { historyHour, hourLater, hourStartMs, rowKeysBetween } from '../history/historyKey.ts';
import { StorageFault } from '../storageFault.ts';
import type { Stored } from '../tables/entityTable.ts';
import { type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';
import { type AttemptTables, type Closed, closeDeadAttempt, SETTLED_AFTER_MS } from './deadAttempt.ts';
import { type ClosedEnding, closeDeadEnding, type EndTeller } from './deadEnding.ts';
import { insist } from './faults.ts';
import type { RowRange } from './rowRanges.ts';
import { leavingSilentFleets } from './silentFleets.ts';
import { SweepTally } from './sweepTally.ts';
import { type Progress, hoursOf } from './watermark.ts';

export interface AttemptsOptions extends AttemptTables {
  readonly historyScan: PartitionScan;
  readonly clock: Clock;
  readonly teller: EndTeller;
}

const HOUR_MS = 3_600_000;

/** Each look at the newest rows goes back this far behind the one before: what was alive then may have died since. */
const OVERLAP_MS = 15 * 60_000;

/** What is settled for good goes by such pieces: one that the time is too short for is looked at again, and no more. */
const PIECE_MS = 10 * 60_000;

/** Instances whose clock is ahead write into the next hour already. */
const AHEAD_HOURS = 2;

/** Rows at a time: up to four round trips each, on their way beside the players' requests. */
const CONCURRENCY = 32;

/** Half of what is under way at a time: a fleet that does not answer costs a run two time-outs. */
const MOST_UNANSWERED = CONCURRENCY / 2;

/**
 * What came of some rows.
 *
 * - `done`: none of them is open any more, but for those that people have to mend.
 * - `left`: the next run may be able to close some that this one could not.
 * - `failed`: storage did not list them.
 * - `cut`: the time was up before all of them were looked at.
 */
type Looked = 'done' | 'left' | 'failed' | 'cut';

/** One run through the history's open rows, from the newest on and from where earlier runs have come to. */
export class AttemptsRun {
  readonly tally = new SweepTally();
  progress: Progress;
  readonly #options: AttemptsOptions;
  readonly #teller: EndTeller;
  readonly #nowMs: number;
  /** Attempts that began before this are settled for good. */
  readonly #settledMs: number;

  constructor(options: AttemptsOptions, nowMs: number, progress: Progress) {
    this.#options = options;
    this.#teller = leavingSilentFleets(options.teller, MOST_UNANSWERED);
    this.#nowMs = nowMs;
    this.#settledMs = nowMs - SETTLED_AFTER_MS;
    this.progress = progress;
  }

  /** @returns whether all of it was looked at */
  async everything(oldest: string, timeIsUp: () => boolean): Promise<boolean> {
    const before = this.progress;
    this.progress = { ...before, again: [] };
    const isDone = await this.#lookAtNewest(hourStartMs(oldest), timeIsUp);
    if (isDone) this.#pass(this.#settledMs);
    else this.progress = before;
    return isDone;
  }

  /** @returns whether all of it was looked at */
  async whatIsDue(
    newestIsUp: () => boolean,
    againIsUp: () => boolean,
    oldestIsUp: () => boolean,
  ): Promise<boolean> {
    const { again, newestAtMs = this.#settledMs } = this.progress;
    const sinceMs = Math.max(this.#settledMs, Math.min(newestAtMs, this.#nowMs) - OVERLAP_MS);
    const newest = await this.#lookAtNewest(sinceMs, newestIsUp);
    const left: RowRange[] = [];
    for (const range of again) if ((await this.#lookAt(range, againIsUp)) !== 'done') left.push(range);
    this.progress = { ...this.progress, again: left };
    return (await this.#lookAtOldest(oldestIsUp)) && newest;
  }

  behindHours(): number {
    return Math.max(0, Math.floor((this.#settledMs - beganMs(this.progress)) / HOUR_MS));
  }

  /** The rows of attempts that began from `sinceMs` on, latest hour first. */
  async #lookAtNewest(sinceMs: number, timeIsUp: () => boolean): Promise<boolean> {
    if (timeIsUp()) return false;
    const first = historyHour(sinceMs);
    const hours = await this.#hours(first, hourLater(historyHour(this.#nowMs), AHEAD_HOURS));
    const settledHour = historyHour(this.#settledMs);
    const left: RowRange[] = [];
    let isWhole = true;
    for (const hour of hours.reverse()) {
      const { beforeRow } = hour === first ? rowKeysBetween(sinceMs, sinceMs) : {};
      const looked = await this.#lookAt({ hour, beforeRow }, timeIsUp);
      if (looked === 'cut') return false;
      isWhole &&= looked !== 'failed';
      // Younger rows are looked at by the next runs anyway.
      if (looked === 'left' && hour <= settledHour) left.push({ hour, beforeRow });
    }
    if (!isWhole) return false;
    this.progress = { ...this.progress, again: [...this.progress.again, ...left], newestAtMs: this.#nowMs };
    return true;
  }

  /** What is old enough to be settled, from where the runs before have come to, piece by piece. */
  async #lookAtOldest(timeIsUp: () => boolean): Promise<boolean> {
    const fromMs = beganMs(this.progress);
    const last = hourLater(historyHour(this.#settledMs), 1);
    if (fromMs >= this.#settledMs) return true;
    for (const hour of await this.#hours(historyHour(fromMs), last)) {
      const untilMs = Math.min(hourStartMs(hour) + HOUR_MS, this.#settledMs);
      let atMs = Math.max(fromMs, hourStartMs(hour));
      this.#pass(atMs);
      while (atMs < untilMs) {
        const pieceMs = Math.min(atMs - (atMs % PIECE_MS) + PIECE_MS, untilMs);
        const range = { hour, ...rowKeysBetween(atMs, pieceMs) };
        const looked = await this.#lookAt(range, timeIsUp);
        if (looked === 'cut') return false;
        if (looked !== 'done') this.progress = { ...this.progress, again: [...this.progress.again, range] };
        this.#pass(pieceMs);
        atMs = pieceMs;
      }
    }
    this.#pass(this.#settledMs);
    return true;
  }

  async #lookAt({ hour, ...rows }: RowRange, timeIsUp: () => boolean): Promise<Looked> {
    const { tally } = this;
    const leftBefore = tally.left;
    const { historyScan } = this.#options;
    const request = { partitionKey: hour, ...rows, equals: { outcome: 'open' }, limit: MOST_ROWS_A_PAGE };
    if (timeIsUp()) return 'cut';
    tally.hours.add(hour);
    try {
      const page = (continuation: string | undefined) =>
        insist(() => historyScan.page({ ...request, continuation }));
      for await (const { rows: open } of pagesOf(page)) {
        await inParallel(open, CONCURRENCY, async (row) => {
          if (!timeIsUp()) await this.#sweepRow(row);
        });
        if (timeIsUp()) return 'cut';
      }
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      tally.fault(error);
      return 'failed';
    }
    return tally.left > leftBefore ? 'left' : 'done';
  }

  async #sweepRow(open: Stored): Promise<void> {
    const { tally } = this;
    tally.open += 1;
    try {
      const closed = await this.#closeRow(open);
      if (closed instanceof StorageFault) tally.unreadable(closed);
      else tally[closed] += 1;
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      tally.fault(error);
    }
  }

  #closeRow(open: Stored): Promise<Closed | ClosedEnding | StorageFault> {
    const { clock } = this.#options;
    if (open.row['kind'] === 'ending') return closeDeadEnding(this.#options, clock, this.#teller, open);
    return closeDeadAttempt(this.#options, clock, open, () => (this.tally.fenced += 1));
  }

  async #hours(from: string, before: string): Promise<string[]> {
    const { historyScan } = this.#options;
    const nextPartition = (first: string, end: string): Promise<string | undefined> =>
      insist(() => historyScan.nextPartition(first, end));
    const hours: string[] = [];
    for await (const hour of hoursOf({ nextPartition }, from, before)) hours.push(hour);
    return hours;
  }

  /** Never back: the clock of another instance may be behind. */
  #pass(claimedBeforeMs: number): void {
    if (claimedBeforeMs <= beganMs(this.progress)) return;
    this.progress = { ...this.progress, hour: historyHour(claimedBeforeMs), claimedBeforeMs };
  }
}

/** Attempts that began before this are settled. */
function beganMs({ hour, claimedBeforeMs }: Progress): number {
  return Math.max(hourStartMs(hour), claimedBeforeMs ?? 0);
}
