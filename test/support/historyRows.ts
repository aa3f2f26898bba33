import type {
  AttemptClosing,
  AttemptOpening,
  EndingClosing,
  EndingOpening,
} from '../../lib/ledger/history/history.ts';
import { historyKey } from '../../lib/ledger/history/historyKey.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import type { EntityTable } from '../../lib/ledger/tables/entityTable.ts';

/** A GUID that shows its number. */
export const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** An attempt claimed at this instant; `number` names its session and itself. */
export function opening(
  claimedAt: string,
  number: number,
  over: Partial<AttemptOpening> = {},
): AttemptOpening {
  const claimedAtMs = Date.parse(claimedAt);
  const sessionId = over.sessionId ?? guid(number);
  const attemptId = guid(900_000 + number);
  return {
    key: historyKey(claimedAtMs, sessionId, attemptId),
    sessionId,
    attemptId,
    generation: 1,
    gameMode: 'duel',
    fleet: 'sessionhosts',
    claimedAtMs,
    locations: ['West US', 'North Europe'],
    placement: '{"asked":2,"ranking":[],"excluded":[]}',
    hints: '{"players":1,"locations":[]}',
    cookieHash: 'the-hash-of-a-cookie',
    invocationId: 'an-invocation',
    ...over,
  };
}

export const ALLOCATED: AttemptClosing = {
  outcome: 'allocated',
  closedAtMs: Date.parse('2026-11-22T08:15:31.020Z'),
  fleetCalls: 1,
  fleetMs: 710,
  upstreamStatus: 200,
  region: 'WestUS',
  hostName: 'a1.cloudapp.net',
  preferenceRank: 1,
};

/** An ending that was asked for at this instant with the function key; `number` names its session, and itself. */
export function endingOpening(claimedAt: string, number: number): EndingOpening {
  const { key, sessionId, attemptId, generation, gameMode, claimedAtMs, invocationId } = opening(
    claimedAt,
    number,
  );
  const previous = opening('2026-11-22T07:00:00.000Z', number).key;
  const session = { sessionId, generation, gameMode, fleet: 'playfab', previous };
  return { key, ...session, attemptId, claimedAtMs, endedBy: 'key', invocationId };
}

export const ENDED: EndingClosing = {
  outcome: 'ended',
  closedAtMs: Date.parse('2026-11-22T08:40:00.200Z'),
  endFleet: 'told',
  fleetCalls: 1,
  fleetMs: 150,
  upstreamStatus: 200,
  region: 'WestUs',
  hostName: 'a1.cloudapp.net',
};

/** Writes such an ending as the broker does. @param closing absent: it stays open */
export async function seedEnding(
  table: EntityTable,
  claimedAt: string,
  number: number,
  closing?: Partial<EndingClosing>,
): Promise<void> {
  const row = await new TableHistory(table).openEnding(endingOpening(claimedAt, number));
  if (closing !== undefined) await row.close({ ...ENDED, ...closing });
}
