import type { Claim } from '../../../../lib/ledger/sessions/ledger.ts';
import { waitedMs } from '../../../../lib/ledger/sessions/session.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import type { Row } from '../../../../lib/ledger/tables/entityTable.ts';
import { claim as claimOf } from '../../../support/claiming.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const ANSWER = { body: '{}', region: 'WestUS', hostName: 'a.cloudapp.net' };
const HOUR_MS = 3_600_000;

let clock: VirtualClock;
let sessions: MemoryTable;
let ledger: TableLedger;

beforeEach(() => {
  clock = new VirtualClock('2026-11-22T08:00:00.000Z');
  sessions = new MemoryTable(() => clock.wallMs());
  ledger = new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: HOUR_MS });
});

async function claim(): Promise<Claim> {
  const proposal = { sessionId: SESSION, gameMode: 'duel', fleet: 'sessionhosts' };
  const result = await claimOf(ledger, proposal, await ledger.read(SESSION));
  if (result.kind !== 'claimed') throw new Error('the session is held');
  return result.claim;
}

const row = (): Row | undefined => [...sessions.rows.values()][0]?.row;

it('is kept by every later attempt, whether it begins anew or goes on', async () => {
  const first = await claim();
  expect(waitedMs(first.session)).toBe(0);
  expect(row()).not.toHaveProperty('firstClaimedAt');
  await first.release('nothing-started');
  await clock.advance(4_000);
  const second = await claim();
  expect(waitedMs(second.session)).toBe(4_000);
  await second.release('maybe-started');
  await clock.advance(3_000);
  const third = await claim();
  expect(waitedMs(third.session)).toBe(7_000);
  await clock.advance(10_000); // its holder died
  const fourth = await claim();
  expect(waitedMs(fourth.session)).toBe(17_000);
  expect(row()).toMatchObject({
    claimedAt: new Date('2026-11-22T08:00:17.000Z'),
    firstClaimedAt: new Date('2026-11-22T08:00:00.000Z'),
  });
});

it('is the latest known attempt of a row that does not say', async () => {
  await (await claim()).release('nothing-started');
  await clock.advance(4_000);
  await (await claim()).release('nothing-started');
  const { firstClaimedAt: _, ...old } = row() ?? { partitionKey: '', rowKey: '' };
  const [stored] = sessions.rows.values();
  await sessions.replace(old, stored?.etag ?? '');
  await clock.advance(2_000);
  expect(waitedMs((await claim()).session)).toBe(2_000);
});

it('is that of the new allocation once the one before it has run out', async () => {
  const first = await claim();
  await first.release('nothing-started');
  await clock.advance(1_000);
  await (await claim()).settle(ANSWER, Infinity);
  await clock.advance(HOUR_MS + 61_000);
  const anew = await claim();
  expect(anew.session.generation).toBe(2);
  expect(waitedMs(anew.session)).toBe(0);
  await anew.release('nothing-started');
  await clock.advance(500);
  expect(waitedMs((await claim()).session)).toBe(500);
});

it('never lies ahead: clocks of two instances may differ', () => {
  const session = { claimedAtMs: 1_000, firstClaimedAtMs: 1_400 } as Parameters<typeof waitedMs>[0];
  expect(waitedMs(session)).toBe(0);
});
