import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { canonicalGuid } from '../../guid.ts';
import { preferenceRank } from '../../placement/placement.ts';
import { toHistoryEntry } from '../reading/historyEntry.ts';
import { recordOrFault } from '../reading/sessionRecord.ts';
import { type HostedBefore, type SessionRecord, meaningOf } from '../sessions/session.ts';
import { type SessionRow, SESSION_ROW_KEY } from '../sessions/sessionRow.ts';
import { StorageFault } from '../storageFault.ts';
import { unreadableRow } from '../tables/cells.ts';
import type { EntityTable, Row, Stored } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';

export interface AttemptTables {
  readonly sessions: EntityTable;
  readonly history: EntityTable;
}

/**
 * - `alive`: the attempt holds its session's lease, and closes its row itself.
 * - `itself`: it has closed its row meanwhile.
 * - `allocated`, `unknown`: closed here.
 */
export type Closed = 'alive' | 'itself' | 'allocated' | 'unknown';

/**
 * This long after an attempt, or an ending, began it is settled for good. Before that, a frozen instance could still write
 * its row: the platform ends an invocation after 30 minutes (the default of functionTimeout on Flex Consumption).
 */
export const SETTLED_AFTER_MS = 2 * 3_600_000;

/** A caller who waits takes a session over the moment its lease runs out; the sweep is in no hurry and lets it. */
const FENCE_MARGIN_MS = 2_000;
/** How often a row that its owner writes at the same time is looked at again. */
const TRIES = 4;

/**
 * Closes the history row of an attempt that died, once it is certain that the attempt can start no host any more.
 *
 *     attempt           session row                      sweep
 *     claims ─────────▶ claimed, lease runs
 *     dies   ✗          lease runs out
 *                       released, maybeStarted ◀──────── fences (If-Match)
 *                                                        closes the history row: unknown
 *
 * Fencing comes first: an attempt that was only frozen finds its lease gone, and asks no more. It may still hold an
 * answer from before; if that settles, the attempt rewrites its row, which is then final.
 *
 * @param open the row as it was read
 * @returns a fault where a row cannot be read: then nothing is certain, and both rows stay as they are
 * @throws StorageFault
 */
export async function closeDeadAttempt(
  tables: AttemptTables,
  clock: Clock,
  open: Stored,
  onFenced: () => void,
): Promise<Closed | StorageFault> {
  const { sessionId, attemptId } = toHistoryEntry(open.row);
  const fault = unreadableEntry(open.row, sessionId, attemptId);
  if (fault !== undefined) return fault;
  const session = await fence(tables.sessions, sessionId, attemptId, onFenced);
  if (session === 'alive' || session instanceof StorageFault) return session;
  const row = closedRow(open.row, attemptId, session, clock);
  const written = await ownWrite(tables.history, row, open.etag);
  if (written.ok) return row.outcome;
  return written.current?.row['outcome'] === 'open' ? 'alive' : 'itself';
}

/** The service refuses some texts as keys; and without its id, a live attempt would be taken for a dead one. */
export function unreadableEntry(row: Row, sessionId: string, attemptId: string): StorageFault | undefined {
  if (canonicalGuid(sessionId) !== sessionId) return unreadable(row, 'sessionId');
  return attemptId === '' ? unreadable(row, 'attemptId') : undefined;
}

function unreadable({ partitionKey, rowKey }: Row, cell: string): StorageFault {
  return unreadableRow('history', `${partitionKey} ${rowKey}`, cell);
}

interface Fenced {
  readonly record: SessionRecord;
  readonly writtenAtMs: number;
}

/** The session's row, on which this attempt has no lease (any more); `undefined`: there is none. */
async function fence(
  sessions: EntityTable,
  sessionId: string,
  attemptId: string,
  onFenced: () => void,
): Promise<Fenced | StorageFault | 'alive' | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const stored = await sessions.read(sessionId, SESSION_ROW_KEY);
    if (stored === undefined) return undefined;
    const record = recordOrFault(stored);
    if (record instanceof StorageFault) return record;
    const { writtenAtMs } = stored;
    if (record.attemptId !== attemptId || record.state !== 'claimed') return { record, writtenAtMs };
    if (meaningOf(record, -FENCE_MARGIN_MS).kind === 'wait') return 'alive';
    const row = fencedRow(stored.row);
    const written = await ownWrite(sessions, row, stored.etag);
    if (written.ok) {
      onFenced();
      return { record: { ...record, state: 'released' }, writtenAtMs };
    }
  }
  throw new StorageFault('fence', 'sessions', 'other writers keep changing the row');
}

/** Nobody is asking any more, and a host may exist: the cookie stays for the next attempt. */
function fencedRow(row: Row): SessionRow {
  return {
    ...row,
    state: 'released',
    maybeStarted: true,
    leaseMs: undefined,
    leaseUntil: undefined,
    // The time that was left counts from the row's Timestamp, and has passed.
    gatherLeftMs: undefined,
    writeId: randomUUID(),
  };
}

/** What is true of an attempt that cannot be asked: its own settled answer, or that nobody knows. */
function closedRow(
  open: Row,
  attemptId: string,
  session: Fenced | undefined,
  clock: Clock,
): Row & { readonly writeId: string; readonly outcome: 'allocated' | 'unknown' } {
  const closing = { writeId: randomUUID(), closedBy: 'sweep' };
  const settled = settledIn(session?.record);
  // The row names the attempt whose answer settled: another's answer says nothing of how this attempt ended.
  if (session === undefined || settled?.attemptId !== attemptId) {
    return { ...open, ...closing, outcome: 'unknown', closedAt: new Date(clock.wallMs()) };
  }
  const { region, hostName } = settled;
  // An allocated row is not written again, unless the session is ended: its Timestamp is when the attempt settled.
  const closedAtMs = session.record.state === 'allocated' ? session.writtenAtMs : clock.wallMs();
  return {
    ...open,
    ...closing,
    outcome: 'allocated',
    closedAt: new Date(closedAtMs),
    region,
    hostName,
    preferenceRank: preferenceRank(region, toHistoryEntry(open).locations),
  };
}

function settledIn(record: SessionRecord | undefined): HostedBefore | undefined {
  if (record?.state === 'ended') return record.hosted;
  return record?.state === 'allocated' ? record : undefined;
}
