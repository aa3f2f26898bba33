import { csvHead, csvRows } from '../../../lib/insights/csv.ts';
import { toHistoryEntry } from '../../../lib/ledger/reading/historyEntry.ts';
import { attempt } from '../../support/attempts.ts';

const row = {
  partitionKey: '2026-11-22T08',
  rowKey: 'r',
  sessionId: 's-1',
  attemptId: 'a-1',
  generation: 1,
  gameMode: 'duel',
  fleet: 'playfab',
  outcome: 'allocated',
  claimedAt: new Date('2026-11-22T08:15:00.000Z'),
  locations: '["West US","East US"]',
  fleetMs: 710,
};

it('writes a heading and one line an attempt, ended as RFC 4180 says', () => {
  expect(csvHead()).toBe(
    'claimedAt,closedAt,sessionId,attemptId,generation,gameMode,fleet,outcome,region,preferenceRank,hostName,fleetCalls,fleetMs,upstreamStatus,reason,locations,closedBy,invocationId,takeover,weight,kind,endedBy,endFleet,fleetsAsked\r\n',
  );
  expect(csvRows([toHistoryEntry(row)])).toBe(
    '2026-11-22T08:15:00.000Z,,s-1,a-1,1,duel,playfab,allocated,,,,,710,,,West US; East US,,,,,,,,\r\n',
  );
});

it('says of an attempt in a sample how many it stands for, and that it was not the first of its session', () => {
  const [line = ''] = csvRows([attempt({ weight: 12.5, takeover: true })]).split('\r\n');
  expect(line).toMatch(/,true,12\.5,,,,$/);
});

it('names the fleets that were asked, in their order', () => {
  const [line = ''] = csvRows([toHistoryEntry({ ...row, fleetsAsked: 'sessionhosts playfab' })]).split(
    '\r\n',
  );
  expect(line).toMatch(/,sessionhosts; playfab$/);
});

it("writes an ending with who ended the session and what the fleet said, and without what is an attempt's", () => {
  const { locations: _none, ...common } = row;
  const ended = {
    ...common,
    kind: 'ending',
    outcome: 'ended',
    endedBy: '=key',
    endFleet: 'told',
    preferenceRank: 1,
  };
  expect(csvRows([toHistoryEntry(ended)])).toBe(
    "2026-11-22T08:15:00.000Z,,s-1,a-1,1,duel,playfab,ended,,,,,710,,,,,,,,ending,'=key,told,\r\n",
  );
});

it.each([
  ['a"b', '"a""b"'],
  ['a,b', '"a,b"'],
  ['a\nb', '"a\nb"'],
  ['=cmd()', "'=cmd()"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@x', "'@x"],
  ['\tx', "'\tx"],
  ['=a,"b"', '"\'=a,""b"""'],
])('writes the region %j as %j', (region, cell) => {
  const [line = ''] = csvRows([toHistoryEntry({ ...row, region })]).split('\r\n');
  expect(line).toBe(
    `2026-11-22T08:15:00.000Z,,s-1,a-1,1,duel,playfab,allocated,${cell},,,,710,,,West US; East US,,,,,,,,`,
  );
});
