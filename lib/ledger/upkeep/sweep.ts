import type { Clock } from '../../clock.ts';
import { inParallel } from '../../inParallel.ts';
import { type AttemptTables, closeDeadAttempt } from './deadAttempt.ts';
import type { Stored } from '../tables/entityTable.ts';
import { StorageFault } from '../storageFault.ts';
import { historyHour, hourLater } from '../history/historyKey.ts';
import { type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';
import type { SweepReport } from './reports.ts';
import { hoursOf, moveWatermark, readWatermark } from './watermark.ts';

export interface SweepOptions extends AttemptTables {
  readonly historyScan: PartitionScan;
  readonly clock: Clock;
  readonly retentionMs: number;
}

export interface SweepRun {
  /** From the retention limit on, whatever earlier runs have done; else from the watermark on. */
  readonly everything: boolean;
  /** No further work is begun after this time. */
  readonly mostMs: number;
}

/**
 * This long after its end the watermark passes an hour for good. A frozen instance could still write its row of an
 * attempt into it: the platform ends an invocation after 30 minutes (the default of functionTimeout on Flex
 * Consumption).
 */
const PASSED_AFTER_HOURS = 2;
/** Instances whose clock is ahead write into the next hour already. */
const AHEAD_HOURS = 2;
/** Rows at a time: four round trips each, on their way beside the players' requests. */
const CONCURRENCY = 8;

/**
 * Closes the history rows of attempts that died. After a run over everything no row is open but those of live
 * attempts, so that every host that the fleet was ever asked for has its closed row.
 *
 * A row that cannot be closed because storage fails is left to the next run, and holds the watermark. A row that cannot
 * be read does not hold it: every later run would have to read all hours from there on, and might get no further.
 *
 * @throws StorageFault when the rows cannot be listed or the watermark cannot be kept
 */
export async function sweep(options: SweepOptions, run: SweepRun): Promise<SweepReport> {
  const { clock, history, historyScan, retentionMs } = options;
  const startedMs = clock.monotonicMs();
  const timeIsUp = (): boolean => clock.monotonicMs() - startedMs >= run.mostMs;
  const now = historyHour(clock.wallMs());
  const seen = await readWatermark(history, 'sweep', now);
  const oldest = historyHour(clock.wallMs() - retentionMs);
  const fromHour = run.everything || seen.hour === undefined || seen.hour < oldest ? oldest : seen.hour;

  const tally = new Tally();
  const endHour = hourLater(now, AHEAD_HOURS);
  let watermark = hourLater(now, -PASSED_AFTER_HOURS);
  let bounded = false;
  for await (const hour of hoursOf(historyScan, fromHour, endHour)) {
    const left = tally.left;
    bounded = await sweepHour(options, hour, tally, timeIsUp);
    if ((bounded || tally.left > left) && hour < watermark) watermark = hour;
    tally.hours += 1;
    if (bounded) break;
  }
  await moveWatermark(history, 'sweep', seen, watermark);
  const { everything } = run;
  const ms = Math.round(clock.monotonicMs() - startedMs);
  return { everything, fromHour, watermark, ...tally.counts(), ms, bounded };
}

/** Whether the time was up before the hour was done. */
async function sweepHour(
  options: SweepOptions,
  hour: string,
  tally: Tally,
  timeIsUp: () => boolean,
): Promise<boolean> {
  const request = { partitionKey: hour, equals: { outcome: 'open' }, limit: MOST_ROWS_A_PAGE };
  for await (const { rows } of pagesOf((continuation) =>
    options.historyScan.page({ ...request, continuation }),
  )) {
    await inParallel(rows, CONCURRENCY, async (open) => {
      if (!timeIsUp()) await sweepRow(options, open, tally);
    });
    if (timeIsUp()) return true;
  }
  return false;
}

async function sweepRow(options: SweepOptions, open: Stored, tally: Tally): Promise<void> {
  tally.open += 1;
  try {
    const closed = await closeDeadAttempt(options, options.clock, open, () => (tally.fenced += 1));
    if (closed instanceof StorageFault) tally.unreadable(closed);
    else tally[closed] += 1;
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    tally.fault(error);
  }
}

class Tally {
  hours = 0;
  open = 0;
  allocated = 0;
  unknown = 0;
  itself = 0;
  alive = 0;
  fenced = 0;
  #faults = 0;
  #unreadable = 0;
  #reason: string | undefined;

  /** Rows that are still open, and that the next run may be able to close. */
  get left(): number {
    return this.alive + this.#faults - this.#unreadable;
  }

  fault({ message }: StorageFault): void {
    this.#faults += 1;
    this.#reason ??= message;
  }

  /** A fault that stays until somebody has mended the row. */
  unreadable(fault: StorageFault): void {
    this.#unreadable += 1;
    this.fault(fault);
  }

  counts(): Omit<SweepReport, 'everything' | 'fromHour' | 'watermark' | 'ms' | 'bounded'> {
    const { hours, open, allocated, unknown, itself: closedThemselves, alive, fenced } = this;
    const counts = { hours, open, allocated, unknown, closedThemselves, alive, fenced };
    return { ...counts, faults: this.#faults, reason: this.#reason };
  }
}
