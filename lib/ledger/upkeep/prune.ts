import { historyHour } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { pruneQuotas, pruneStrays } from './pruneByAge.ts';
import { pruneHistory } from './pruneHistory.ts';
import { type SessionTables, pruneSessions } from './pruneSessions.ts';
import type { PruneReport } from './reports.ts';
import { UnreadableSessions } from './unreadableSessions.ts';

export interface PruneOptions extends SessionTables {
  readonly sessionScan: PartitionScan;
  readonly quotas: EntityTable;
  readonly quotaScan: PartitionScan;
  readonly retentionMs: number;
}

/**
 * Deletes expired sessions, the hours of the history that are past retention, callers whose quota's window is long
 * over, and sessions that nothing names. The history goes by whole hours: a row is kept up to an hour longer than the
 * setting says, and never less. The next run does what this one does not finish.
 *
 * @param mostMs no further work is begun after this time; half of it is the sessions', the next quarter the history's
 * @throws StorageFault
 */
export async function prune(options: PruneOptions, mostMs: number): Promise<PruneReport> {
  const { clock, historyScan, retentionMs } = options;
  const startedMs = clock.monotonicMs();
  const spent = (): number => clock.monotonicMs() - startedMs;
  const unreadable = new UnreadableSessions();
  const sessions = await pruneSessions(options, unreadable, () => spent() >= mostMs / 2);
  // An hour names the sessions to forget: it stays until they are forgotten, even where sessions outlive the history.
  const retained = historyHour(clock.wallMs() - retentionMs);
  const historyFrom = retained < sessions.watermark ? retained : sessions.watermark;
  const history = await pruneHistory(historyScan, historyFrom, () => spent() >= mostMs * 0.75);
  const quotas = await pruneQuotas(options, clock.wallMs(), () => spent() >= mostMs * 0.9);
  const strays = await pruneStrays(options, unreadable, () => spent() >= mostMs);
  const bounded = [sessions, history, quotas, strays].some((part) => part.bounded);
  const { count: unreadableSessions, reason } = unreadable;
  const ms = Math.round(spent());
  const removed = { ...sessions, ...history, ...quotas, ...strays };
  return { ...removed, historyFrom, unreadableSessions, reason, ms, bounded };
}
