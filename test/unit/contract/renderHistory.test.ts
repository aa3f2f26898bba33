import { renderHistory } from '../../../lib/contract/renderHistory.ts';
import { toHistoryEntry } from '../../../lib/ledger/reading/historyEntry.ts';
import { endingOpening, guid } from '../../support/historyRows.ts';

it('renders an ending with who asked for it and what the fleet said, and with no other column of its row', () => {
  const row = {
    ...endingOpening('2026-11-22T08:15:30.250Z', 7).key,
    ...{ sessionId: guid(7), attemptId: guid(900_007), generation: 1, gameMode: 'duel', fleet: 'playfab' },
    ...{ kind: 'ending', endedBy: 'key', endFleet: 'told', outcome: 'ended', invocationId: 'an-invocation' },
    claimedAt: new Date('2026-11-22T08:15:30.250Z'),
    closedAt: new Date('2026-11-22T08:15:30.400Z'),
    ...{ fleetCalls: 1, fleetMs: 140, upstreamStatus: 200, region: 'WestUs', hostName: 'a1.cloudapp.net' },
    ...{ previousPartition: '2026-11-22T07', previousRow: 'r' },
    // What only attempts have, and what nobody has.
    ...{ hints: '{"locations":[]}', preferenceRank: 1, cookieHash: 'the-hash-of-a-cookie', later: 'unknown' },
  };
  expect(JSON.parse(renderHistory({ rows: [toHistoryEntry(row)] }))).toEqual({
    attempts: [
      {
        kind: 'ending',
        sessionId: guid(7),
        attemptId: guid(900_007),
        generation: 1,
        gameMode: 'duel',
        fleet: 'playfab',
        outcome: 'ended',
        claimedAt: '2026-11-22T08:15:30.250Z',
        closedAt: '2026-11-22T08:15:30.400Z',
        region: 'WestUs',
        hostName: 'a1.cloudapp.net',
        locations: [],
        fleetCalls: 1,
        fleetMs: 140,
        upstreamStatus: 200,
        invocationId: 'an-invocation',
        endedBy: 'key',
        endFleet: 'told',
      },
    ],
  });
});

it('renders the fleets that an attempt asked, in their order', () => {
  const { key } = endingOpening('2026-11-22T08:15:30.250Z', 7);
  const row = { ...key, outcome: 'allocated', fleet: 'playfab', fleetsAsked: 'sessionhosts playfab' };
  expect(JSON.parse(renderHistory({ rows: [toHistoryEntry(row)] }))).toMatchObject({
    attempts: [{ fleet: 'playfab', fleetsAsked: ['sessionhosts', 'playfab'] }],
  });
});

it('leaves out what a newer version says of the fleet', () => {
  const { key } = endingOpening('2026-11-22T08:15:30.250Z', 7);
  const row = { ...key, kind: 'ending', outcome: 'ended', endFleet: 'asked-twice' };
  expect(toHistoryEntry(row)).not.toHaveProperty('endFleet');
});
