import type { Clock } from '../../clock.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { historyHour, hourLater } from '../history/historyKey.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { pruneHistory } from './pruneHistory.ts';
import { pruneQuotas } from './pruneQuotas.ts';
import { pruneSessionsOf } from './pruneSessions.ts';
import { pruneStrays } from './pruneStrays.ts';
import type { PruneReport } from './reports.ts';
import { moveWatermark, readWatermark } from './watermark.ts';

export interface PruneOptions {
  readonly sessions: EntityTable;
  readonly sessionScan: PartitionScan;
  readonly history: EntityTable;
  readonly historyScan: PartitionScan;
  readonly quotas: EntityTable;
  readonly quotaScan: PartitionScan;
  readonly clock: Clock;
  readonly sessionTtlMs: number;
  readonly retentionMs: number;
}

/**
 * A session expires its time after it was settled, which is later than the hour that names it: by seconds, or by as
 * long as an instance can be frozen. What has not expired even then is looked at again in the next run.
 */
const SETTLED_WITHIN_MS = 3_600_000;

/** Sorts before every hour. */
const FIRST_PARTITION = '0';

/**
 * Deletes expired sessions, the hours of the history that are past retention, callers whose quota's window is long
 * over, and sessions that nothing names. Of the history whole hours go: a row is kept up to an hour longer than the
 * setting says, and never less. What a run does not finish the next one does.
 *
 * @param mostMs no further work is begun after this time; half of it is the sessions', the next quarter the history's
 * @throws StorageFault
 */
export async function prune(options: PruneOptions, mostMs: number): Promise<PruneReport> {
  const { clock, historyScan, retentionMs } = options;
  const startedMs = clock.monotonicMs();
  const spent = (): number => clock.monotonicMs() - startedMs;
  const sessions = await forgetSessions(options, () => spent() >= mostMs / 2);
  // An hour names the sessions to forget: it stays until they are forgotten, even where sessions outlive the history.
  const retained = historyHour(clock.wallMs() - retentionMs);
  const historyFrom = retained < sessions.watermark ? retained : sessions.watermark;
  const history = await pruneHistory(historyScan, historyFrom, () => spent() >= mostMs * 0.75);
  const quotas = await pruneQuotas(options, clock.wallMs(), () => spent() >= mostMs * 0.9);
  const strays = await pruneStrays(options, () => spent() >= mostMs);
  const bounded = [sessions, history, quotas, strays].some((part) => part.bounded);
  return { ...sessions, ...history, ...quotas, ...strays, historyFrom, ms: Math.round(spent()), bounded };
}

async function forgetSessions(
  options: PruneOptions,
  timeIsUp: () => boolean,
): Promise<Pick<PruneReport, 'sessionHours' | 'sessionsRemoved' | 'watermark' | 'bounded'>> {
  const { clock, history, historyScan, sessionTtlMs } = options;
  const seen = await readWatermark(history, 'prune');
  const end = historyHour(clock.wallMs() - sessionTtlMs - SETTLED_WITHIN_MS);
  let watermark = end;
  let sessionHours = 0;
  let sessionsRemoved = 0;
  let bounded = false;
  let hour = await historyScan.nextPartition(seen.hour ?? FIRST_PARTITION, end);
  while (hour !== undefined && !bounded) {
    const { removed, kept } = await pruneSessionsOf(options, hour, timeIsUp);
    sessionHours += 1;
    sessionsRemoved += removed;
    bounded = timeIsUp();
    if ((kept || bounded) && hour < watermark) watermark = hour;
    hour = await historyScan.nextPartition(hourLater(hour, 1), end);
  }
  await moveWatermark(history, 'prune', seen, watermark);
  return { sessionHours, sessionsRemoved, watermark, bounded };
}
