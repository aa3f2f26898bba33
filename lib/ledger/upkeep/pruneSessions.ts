import { canonicalGuid } from '../../guid.ts';
import { historyHour } from '../history/historyKey.ts';
import { EXPIRY_MARGIN_MS, meaningOf, type SessionRecord } from '../sessions/session.ts';
import { SESSION_ROW_KEY } from '../sessions/sessionRow.ts';
import { removeHints } from '../sessions/tableHints.ts';
import type { Cell, EntityTable, Stored } from '../tables/entityTable.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { type Faults, eachDespiteFaults, insist } from './faults.ts';
import { type Looked, type NamingTables, type SessionsPruned, SessionsRun } from './sessionsRun.ts';
import type { UnreadableSessions } from './unreadableSessions.ts';
import { readWatermark } from './watermark.ts';

export interface SessionTables extends NamingTables {
  readonly sessions: EntityTable;
  readonly sessionScan: PartitionScan;
  readonly sessionTtlMs: number;
}

/** What a run of `prune` leaves as it is. */
export interface PruneTroubles {
  readonly faults: Faults;
  readonly unreadable: UnreadableSessions;
}

/**
 * A session expires its time after it was settled, which is later than the hour that names it: by seconds, or by as
 * long as an instance can be frozen. What has not expired even then is looked at again in the next run.
 */
const SETTLED_WITHIN_MS = 3_600_000;

/**
 * Sessions at a time: two round trips each. At 8 ms a round trip that is 8,000 requests a second, two fifths of the
 * 20,000 that an account takes: a million sessions take some 250 s, and the players' requests have the rest.
 */
const CONCURRENCY = 64;

/**
 * Deletes expired sessions: those that the history names, oldest hour first, page by page. A session that storage fails
 * costs itself: its page is looked at again in the next run.
 *
 * @param timeIsUp of this part of the run, or of a share of it
 * @throws StorageFault when it cannot be read how far earlier runs have come
 */
export async function pruneSessions(
  tables: SessionTables,
  troubles: PruneTroubles,
  timeIsUp: (share?: number) => boolean,
): Promise<SessionsPruned> {
  const { clock, history, sessionTtlMs } = tables;
  const end = historyHour(clock.wallMs() - sessionTtlMs - SETTLED_WITHIN_MS);
  const seen = await insist(() => readWatermark(history, 'prune', historyHour(clock.wallMs())));
  const run = new SessionsRun(tables, troubles.faults, seen, end, (...page) =>
    pruneNamed(tables, troubles, ...page),
  );
  // What earlier runs have left has half of the time at the most: it must keep nothing else from its turn.
  await run.lookAgain(() => timeIsUp(0.5));
  const bounded = !(await run.lookFurther(timeIsUp));
  await run.save();
  return { ...run.report(), bounded };
}

/** Deletes the sessions that these attempts name and that have expired, each by its own row as it is now. */
async function pruneNamed(
  { sessions, sessionScan }: SessionTables,
  { faults, unreadable }: PruneTroubles,
  hour: string,
  rows: readonly Stored[],
  timeIsUp: () => boolean,
): Promise<Looked> {
  let removed = 0;
  let [isLeft, isCut] = [false, false];
  // A name that is no GUID would be refused as a key, run after run.
  const named = new Set(rows.map(({ row }) => row['sessionId']).filter(isSessionId));
  const failed = await eachDespiteFaults([...named], CONCURRENCY, faults, async (sessionId) => {
    isCut ||= timeIsUp();
    if (isCut) return;
    const end = await forget(sessions, sessionScan, sessionId, hour, unreadable);
    if (end === 'removed') removed += 1;
    if (end === 'kept') isLeft = true;
  });
  if (isCut) return { end: 'cut', removed };
  return { end: isLeft || failed > 0 ? 'left' : 'done', removed };
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
  // Kept, it would be looked at in every run, for ever. The weekly look for strays finds it.
  if (record === undefined) return 'elsewhere';
  if (!isForgettable(record)) return record.history.partitionKey > hour ? 'elsewhere' : 'kept';
  if (record.gather !== undefined && !(await removeHints(sessionScan, record))) return 'kept';
  // If-Match: a session that is started anew in this moment stays.
  const { ok } = await sessions.remove(sessionId, SESSION_ROW_KEY, stored.etag);
  return ok ? 'removed' : 'elsewhere';
}

const isSessionId = (cell: Cell | undefined): cell is string =>
  typeof cell === 'string' && canonicalGuid(cell) === cell;

/**
 * Whether the session has expired. A claim that is still alive was made in a later hour, but looking costs nothing. A session
 * that was ended stays until its fleet has confirmed it.
 */
export function isForgettable(record: SessionRecord): boolean {
  const { kind } = meaningOf(record);
  return kind !== 'wait' && kind !== 'ended' && record.expiresInMs < -EXPIRY_MARGIN_MS;
}
