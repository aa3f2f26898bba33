import { inParallel } from '../../inParallel.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { EXPIRY_MARGIN_MS, meaningOf, type SessionRecord } from '../sessions/session.ts';
import { type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';
import { SESSION_ROW_KEY, toRecord } from '../sessions/sessionRow.ts';

/** Sessions at a time: two round trips each, beside the players' requests. */
const CONCURRENCY = 8;

/**
 * Deletes the sessions that an hour's attempts name and that have expired, each by its own row as it is now.
 *
 * @returns `kept`: a session that no later hour names has not expired yet
 * @throws StorageFault
 */
export async function pruneSessionsOf(
  tables: { readonly sessions: EntityTable; readonly historyScan: PartitionScan },
  hour: string,
  timeIsUp: () => boolean,
): Promise<{ removed: number; kept: boolean }> {
  let removed = 0;
  let kept = false;
  const request = { partitionKey: hour, limit: MOST_ROWS_A_PAGE };
  for await (const { rows } of pagesOf((continuation) =>
    tables.historyScan.page({ ...request, continuation }),
  )) {
    const named = new Set(rows.map(({ row }) => row['sessionId']).filter((id) => typeof id === 'string'));
    await inParallel([...named], CONCURRENCY, async (sessionId) => {
      if (timeIsUp()) return;
      const end = await forget(tables.sessions, sessionId, hour);
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
  // If-Match: whoever starts the session anew in this moment keeps it.
  const { ok } = await sessions.remove(sessionId, SESSION_ROW_KEY, stored.etag);
  return ok ? 'removed' : 'elsewhere';
}

/** Whether the session has expired. A claim that is still alive was made in a later hour; but nothing is lost by looking. */
export function isForgettable(record: SessionRecord): boolean {
  return meaningOf(record).kind !== 'wait' && record.expiresInMs < -EXPIRY_MARGIN_MS;
}
