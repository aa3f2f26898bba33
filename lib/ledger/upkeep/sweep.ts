import { historyHour } from '../history/historyKey.ts';
import { type AttemptsOptions, AttemptsRun } from './attemptsRun.ts';
import { insist } from './faults.ts';
import type { SweepReport } from './reports.ts';
import { type Progress, moveWatermark, oldestHour, readWatermark } from './watermark.ts';

export interface SweepOptions extends AttemptsOptions {
  readonly retentionMs: number;
}

export interface SweepRun {
  /** From the retention limit on, whatever earlier runs have done; else what they have not settled for good. */
  readonly everything: boolean;
  /** No further work is begun after this time. */
  readonly mostMs: number;
}

/** When each part of a run ends, as shares of its time; what a part does not need, the next ones have. */
const UNTIL = { newest: 0.5, again: 0.75, oldest: 1 };

/**
 * Closes the history rows of attempts that died. After a run over everything no row is open but those of live
 * attempts, so that every host that the fleet was ever asked for has its closed row.
 *
 *     before      │ settled for good │◀── oldest ──│            │◀──────── newest ─────────│ now
 *                 └ claimedBeforeMs ─▶             └ now - 2 h   └ the look before - 15 min
 *
 * A run looks at the newest rows first, latest hour first, so that players' sessions never wait behind old ones. Then it
 * looks at the rows that became two hours old, oldest first, and passes them: nothing is left behind.
 *
 * A row that cannot be closed because storage fails is looked at again by the next run. One that cannot be read is not:
 * every later run would look at it, and people have to mend it.
 *
 * @throws StorageFault when the rows cannot be listed or the watermark cannot be kept
 */
export async function sweep(options: SweepOptions, run: SweepRun): Promise<SweepReport> {
  const { clock, history, retentionMs } = options;
  const [startedMs, nowMs] = [clock.monotonicMs(), clock.wallMs()];
  const until = (share: number) => (): boolean => clock.monotonicMs() - startedMs >= run.mostMs * share;
  const seen = await insist(() => readWatermark(history, 'sweep', historyHour(nowMs)));
  const oldest = historyHour(nowMs - retentionMs);
  const before = retained(seen.progress, oldest);
  const swept = new AttemptsRun(options, nowMs, before);
  const bounded = !(run.everything
    ? await swept.everything(oldest, until(1))
    : await swept.whatIsDue(until(UNTIL.newest), until(UNTIL.again), until(UNTIL.oldest)));
  const { progress, tally } = swept;
  const behindHours = swept.behindHours();
  const end = { behindHours, atMs: clock.wallMs() };
  await insist(() => moveWatermark(history, 'sweep', seen, progress, end));
  return {
    everything: run.everything,
    fromHour: run.everything ? oldest : oldestHour(before),
    watermark: oldestHour(progress),
    behindHours,
    ...tally.counts(),
    ms: Math.round(clock.monotonicMs() - startedMs),
    bounded,
  };
}

/** What is past retention needs no sweep: it goes as it is. */
function retained(progress: Progress | undefined, oldest: string): Progress {
  if (progress === undefined) return { hour: oldest, again: [] };
  const again = progress.again.filter(({ hour }) => hour >= oldest);
  return progress.hour < oldest
    ? { hour: oldest, again, newestAtMs: progress.newestAtMs }
    : { ...progress, again };
}
