import type { AttemptClosing, AttemptOpening } from '../../lib/ledger/history/history.ts';
import type { Row } from '../../lib/ledger/tables/entityTable.ts';
import { historyKey } from '../../lib/ledger/history/historyKey.ts';

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

/** The row of an ending that was asked for at this instant, by the function key; `number` names its session and itself. */
export function endingRow(
  claimedAt: string,
  number: number,
  columns: Readonly<Record<string, string | number | Date>> = {},
): Row {
  const { key, sessionId, attemptId, previous, ...common } = opening(claimedAt, number, {
    previous: opening('2026-11-22T07:00:00.000Z', number).key,
  });
  const { generation, gameMode, invocationId } = common;
  return {
    ...key,
    ...{
      sessionId,
      attemptId,
      generation,
      gameMode,
      invocationId,
      fleet: 'playfab',
      claimedAt: new Date(claimedAt),
    },
    ...{ previousPartition: previous?.partitionKey, previousRow: previous?.rowKey },
    ...{ kind: 'ending', endedBy: 'key', outcome: 'open', writeId: 'w', ...columns },
  };
}
