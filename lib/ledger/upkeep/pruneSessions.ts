import type { Clock } from '../../clock.ts';
import { inParallel } from '../../inParallel.ts';
import { historyHour, hourLater } from '../history/historyKey.ts';
import { EXPIRY_MARGIN_MS, meaningOf, type SessionRecord } from '../sessions/session.ts';
import { SESSION_ROW_KEY, toRecord } from '../sessions/sessionRow.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';
import type { PruneReport } from './reports.ts';
import { FIRST_PARTITION, moveWatermark, readWatermark } from './watermark.ts';

export interface SessionTables {
  readonly sessions: EntityTable;
  readonly history: EntityTable;
  readonly historyScan: PartitionScan;
  readonly clock: Clock;
  readonly sessionTtlMs: number;
}

/**
 * A session expires its time after it was settled, which is later than the hour that names it: by seconds, or by as
 * long as an instance can be frozen. What has not expired even then is looked at again in the next run.
 */
const SETTLED_WITHIN_MS = 3_600_000;

/** Sessions at a time: two round trips each, beside the players' requests. */
const CONCURRENCY = 8;

/**
 * Deletes expired sessions: those that the history names, hour by hour.
 *
 * @throws StorageFault
 */
export async function pruneSessions(
  tables: SessionTables,
  timeIsUp: () => boolean,
): Promise<Pick<PruneReport, 'sessionHours' | 'sessionsRemoved' | 'watermark' | 'bounded'>> {
  const { clock, history, historyScan, sessionTtlMs } = tables;
  const seen = await readWatermark(history, 'prune');
  const end = historyHour(clock.wallMs() - sessionTtlMs - SETTLED_WITHIN_MS);
  let watermark = end;
  let sessionHours = 0;
  let sessionsRemoved = 0;
  let bounded = false;
  let hour = await historyScan.nextPartition(seen.hour ?? FIRST_PARTITION, end);
  while (hour !== undefined && !bounded) {
    const { removed, kept } = await pruneSessionsOf(tables, hour, timeIsUp);
    sessionHours += 1;
    sessionsRemoved += removed;
    bounded = timeIsUp();
    if ((kept || bounded) && hour < watermark) watermark = hour;
    hour = await historyScan.nextPartition(hourLater(hour, 1), end);
  }
  await moveWatermark(history, 'prune', seen, watermark);
  return { sessionHours, sessionsRemoved, watermark, bounded };
}

/**
 * Deletes the sessions that an hour's attempts name and that have expired, each by its own row as it is now.
 *
 * @returns `kept`: a session that no later hour names has not expired yet
 */
async function pruneSessionsOf(
  { sessions, historyScan }: SessionTables,
  hour: string,
  timeIsUp: () => boolean,
): Promise<{ removed: number; kept: boolean }> {
  let removed = 0;
  let kept = false;
  const request = { partitionKey: hour, limit: MOST_ROWS_A_PAGE };
  for await (const { rows } of pagesOf((continuation) => historyScan.page({ ...request, continuation }))) {
    const named = new Set(rows.map(({ row }) => row['sessionId']).filter((id) => typeof id === 'string'));
    await inParallel([...named], CONCURRENCY, async (sessionId) => {
      if (timeIsUp()) return;
      const end = await forget(sessions, sessionId, hour);
      if (end === 'removed') removed += 1;
      if (end === 'kept') kept = true;
    });
    if (timeIsUp()) break;
  }
  return { removed, kept };
}

/** `elsewhere`: gone already, or named by the hour of a later attempt. */
async function forget(
  sessions: EntityTable,
  sessionId: string,
  hour: string,
): Promise<'removed' | 'kept' | 'elsewhere'> {
  const stored = await sessions.read(sessionId, SESSION_ROW_KEY);
  if (stored === undefined) return 'elsewhere';
  const record = toRecord(stored);
  if (!isForgettable(record)) return record.history.partitionKey > hour ? 'elsewhere' : 'kept';
  // If-Match: a session that is started anew in this moment stays.
  const { ok } = await sessions.remove(sessionId, SESSION_ROW_KEY, stored.etag);
  return ok ? 'removed' : 'elsewhere';
}

/** Whether the session has expired. A claim that is still alive was made in a later hour, but looking costs nothing. */
export function isForgettable(record: SessionRecord): boolean {
  return meaningOf(record).kind !== 'wait' && record.expiresInMs < -EXPIRY_MARGIN_MS;
}
