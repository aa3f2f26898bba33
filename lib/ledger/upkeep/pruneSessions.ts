import type { Clock } from '../../clock.ts';
import { canonicalGuid } from '../../guid.ts';
import { inParallel } from '../../inParallel.ts';
import { historyHour } from '../history/historyKey.ts';
import { EXPIRY_MARGIN_MS, meaningOf, type SessionRecord } from '../sessions/session.ts';
import { SESSION_ROW_KEY } from '../sessions/sessionRow.ts';
import { removeHints } from '../sessions/tableHints.ts';
import type { Cell, EntityTable } from '../tables/entityTable.ts';
import { type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';
import type { PruneReport } from './reports.ts';
import type { UnreadableSessions } from './unreadableSessions.ts';
import { FIRST_PARTITION, hoursOf, moveWatermark, readWatermark } from './watermark.ts';

export interface SessionTables {
  readonly sessions: EntityTable;
  readonly sessionScan: PartitionScan;
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
  unreadable: UnreadableSessions,
  timeIsUp: () => boolean,
): Promise<Pick<PruneReport, 'sessionHours' | 'sessionsRemoved' | 'watermark' | 'bounded'>> {
  const { clock, history, historyScan, sessionTtlMs } = tables;
  const seen = await readWatermark(history, 'prune', historyHour(clock.wallMs()));
  const end = historyHour(clock.wallMs() - sessionTtlMs - SETTLED_WITHIN_MS);
  let watermark = end;
  let sessionHours = 0;
  let sessionsRemoved = 0;
  let bounded = false;
  for await (const hour of hoursOf(historyScan, seen.hour ?? FIRST_PARTITION, end)) {
    const { removed, kept } = await pruneSessionsOf(tables, hour, unreadable, timeIsUp);
    sessionHours += 1;
    sessionsRemoved += removed;
    bounded = timeIsUp();
    if ((kept || bounded) && hour < watermark) watermark = hour;
    if (bounded) break;
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
  { sessions, sessionScan, historyScan }: SessionTables,
  hour: string,
  unreadable: UnreadableSessions,
  timeIsUp: () => boolean,
): Promise<{ removed: number; kept: boolean }> {
  let removed = 0;
  let kept = false;
  const request = { partitionKey: hour, limit: MOST_ROWS_A_PAGE };
  for await (const { rows } of pagesOf((continuation) => historyScan.page({ ...request, continuation }))) {
    // A name that is no GUID would be refused as a key, run after run.
    const named = new Set(rows.map(({ row }) => row['sessionId']).filter(isSessionId));
    await inParallel([...named], CONCURRENCY, async (sessionId) => {
      if (timeIsUp()) return;
      const end = await forget(sessions, sessionScan, sessionId, hour, unreadable);
      if (end === 'removed') removed += 1;
      if (end === 'kept') kept = true;
    });
    if (timeIsUp()) break;
  }
  return { removed, kept };
}

/** `elsewhere`: gone already, named by the hour of a later attempt, or left to people because it cannot be read. */
async function forget(
  sessions: EntityTable,
  sessionScan: PartitionScan,
  sessionId: string,
  hour: string,
  unreadable: UnreadableSessions,
): Promise<'removed' | 'kept' | 'elsewhere'> {
  const stored = await sessions.read(sessionId, SESSION_ROW_KEY);
  if (stored === undefined) return 'elsewhere';
  const record = unreadable.read(stored);
  // Kept, it would hold the watermark, and with it the whole history, for ever. The daily look for strays finds it.
  if (record === undefined) return 'elsewhere';
  if (!isForgettable(record)) return record.history.partitionKey > hour ? 'elsewhere' : 'kept';
  if (record.gather !== undefined && !(await removeHints(sessionScan, record))) return 'kept';
  // If-Match: a session that is started anew in this moment stays.
  const { ok } = await sessions.remove(sessionId, SESSION_ROW_KEY, stored.etag);
  return ok ? 'removed' : 'elsewhere';
}

const isSessionId = (cell: Cell | undefined): cell is string =>
  typeof cell === 'string' && canonicalGuid(cell) === cell;

/** Whether the session has expired. A claim that is still alive was made in a later hour, but looking costs nothing. */
export function isForgettable(record: SessionRecord): boolean {
  return meaningOf(record).kind !== 'wait' && record.expiresInMs < -EXPIRY_MARGIN_MS;
}
