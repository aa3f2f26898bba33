import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { EndFleet } from '../../contract/outcomes.ts';
import { toHistoryEntry } from '../reading/historyEntry.ts';
import { recordOrFault } from '../reading/sessionRecord.ts';
import type { ToldFleet } from '../sessions/ledger.ts';
import { type EndedRecord, finalWord } from '../sessions/session.ts';
import { SESSION_ROW_KEY } from '../sessions/sessionRow.ts';
import { StorageFault } from '../storageFault.ts';
import type { Stored } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import { type AttemptTables, SETTLED_AFTER_MS, unreadableEntry } from './deadAttempt.ts';

/** How the fleet of a session that is over is told so, and how that it has confirmed it is kept. */
export interface EndTeller {
  /**
   * Tells the fleet, once; never throws. `pending`: it has not confirmed it.
   *
   * @param asOfMs when it was being read that the session is over (monotonic)
   */
  tell(session: EndedRecord, asOfMs: number): Promise<ToldFleet>;
  /** @throws StorageFault */
  confirm(session: EndedRecord, endFleet: EndFleet): Promise<boolean>;
}

/**
 * - `pending`: the fleet has not confirmed yet that no host is left, or the process that ends the session is still at it.
 * - `ended`: it has; closed here.
 * - `unknown`: the ending came to nothing, or another one was first; closed here.
 * - `itself`: the process has closed its row meanwhile.
 */
export type ClosedEnding = 'pending' | 'ended' | 'unknown' | 'itself';

/**
 * Finishes the ending of a session whose process died, or whose fleet did not confirm it: tells the fleet again until it
 * does, and closes the ending's row.
 *
 * @param open the row as it was read
 * @returns a fault where a row cannot be read: then both rows stay as they are
 * @throws StorageFault
 */
export async function closeDeadEnding(
  tables: AttemptTables,
  clock: Clock,
  teller: EndTeller,
  open: Stored,
): Promise<ClosedEnding | StorageFault> {
  const { sessionId, attemptId, claimedAt } = toHistoryEntry(open.row);
  const fault = unreadableEntry(open.row, sessionId, attemptId);
  if (fault !== undefined) return fault;
  const asOfMs = clock.monotonicMs();
  const stored = await tables.sessions.read(sessionId, SESSION_ROW_KEY);
  const record = stored && recordOrFault(stored);
  if (record instanceof StorageFault) return record;
  if (record?.state === 'ended' && record.attemptId === attemptId) {
    const confirmed = await confirmedBy(teller, record, asOfMs);
    if (confirmed === undefined) return 'pending';
    const { region, hostName } = record.hosted ?? {};
    return close(tables, clock, open, { outcome: 'ended', ...confirmed, region, hostName });
  }
  // What is gone, or a tombstone already, is not ended by it any more.
  const mayStillEnd = record !== undefined && record.state !== 'ended';
  if (mayStillEnd && clock.wallMs() - Date.parse(claimedAt) < SETTLED_AFTER_MS) return 'pending';
  return close(tables, clock, open, { outcome: 'unknown', reason: 'it did not end the session' });
}

/** What the history says of the fleet; undefined: it has to be told again. */
async function confirmedBy(
  teller: EndTeller,
  record: EndedRecord,
  asOfMs: number,
): Promise<({ readonly endFleet: EndFleet } & Omit<ToldFleet, 'fleet'>) | undefined> {
  if (record.endFleet !== undefined) return { endFleet: record.endFleet, fleetCalls: 0, fleetMs: 0 };
  const { fleet, ...calls } = await teller.tell(record, asOfMs);
  const endFleet = finalWord(fleet, record);
  if (endFleet === undefined) return undefined;
  return (await teller.confirm(record, endFleet)) ? { endFleet, ...calls } : undefined;
}

async function close(
  { history }: AttemptTables,
  clock: Clock,
  open: Stored,
  closing: { readonly outcome: 'ended' | 'unknown'; readonly [column: string]: string | number | undefined },
): Promise<ClosedEnding> {
  const common = { writeId: randomUUID(), closedBy: 'sweep', closedAt: new Date(clock.wallMs()) };
  const written = await ownWrite(history, { ...open.row, ...closing, ...common }, open.etag);
  if (written.ok) return closing.outcome;
  return written.current?.row['outcome'] === 'open' ? 'pending' : 'itself';
}
