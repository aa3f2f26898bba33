import { Lease } from '../../../lib/broker/lease.ts';
import { sleepUnless } from '../../../lib/broker/pauses.ts';
import type { Claim } from '../../../lib/ledger/sessions/ledger.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { StorageFault } from '../../../lib/ledger/storageFault.ts';
import { claim } from '../../support/claiming.ts';
import { LossyTable } from '../../support/lossyTable.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const PROPOSAL = {
  sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
  gameMode: 'duel',
  fleet: 'sessionhosts',
};
const BEGIN_MS = 1_000_000;

let clock: VirtualClock;
let table: LossyTable;
let ledger: TableLedger;
let held: Claim;
let lease: Lease;

beforeEach(async () => {
  clock = new VirtualClock();
  table = new LossyTable(new MemoryTable(() => clock.wallMs()));
  ledger = new TableLedger({ sessions: table, clock, leaseMs: 2_500, sessionTtlMs: 24 * 3_600_000 });
  const result = await claim(ledger, PROPOSAL);
  if (result.kind !== 'claimed') throw new Error('a new session is claimed');
  held = result.claim;
  lease = new Lease(held, undefined, clock);
});

const renewals = () => table.seen.filter((operation) => operation === 'replace').length;

/** A fleet call of so many milliseconds inside the lease, and what came of it; times from the claim. */
function call(ms: number): { cutAtMs?: number; ended?: { result: string; lease: string } } {
  const seen: { cutAtMs?: number; ended?: { result: string; lease: string } } = {};
  const cut = new AbortController();
  const { signal } = cut;
  signal.addEventListener('abort', () => (seen.cutAtMs = clock.monotonicMs() - BEGIN_MS));
  const work = async (): Promise<string> => {
    await sleepUnless(signal, ms, clock);
    return signal.aborted ? 'aborted' : 'slept';
  };
  void lease.during(cut, work).then((ended) => (seen.ended = ended));
  return seen;
}

/** Another broker takes the session over, as if the lease had run out. */
async function takenOver(): Promise<void> {
  const session = await ledger.read(PROPOSAL.sessionId);
  if (session === undefined) throw new Error('the session has a row');
  await ledger.claim(PROPOSAL, { kind: 'take-over', session });
}

describe('a call inside a lease', () => {
  it('that ends within a second costs no renewal', async () => {
    const seen = call(999);
    await clock.advance(5_000);
    expect(seen).toEqual({ ended: { result: 'slept', lease: 'held' } });
    expect(renewals()).toBe(0);
  });

  it('has its lease renewed each second', async () => {
    const seen = call(3_500);
    await clock.advance(3_500);
    expect(seen).toEqual({ ended: { result: 'slept', lease: 'held' } });
    expect(renewals()).toBe(3);
    expect(held.leaseLeftMs()).toBe(2_000);
    await clock.advance(5_000);
    expect(renewals()).toBe(3);
  });

  it('is cut a margin before the last confirmed lease ends, not sooner', async () => {
    table.lose('replace', 'down', 100);
    const seen = call(8_000);
    await clock.advance(2_199);
    expect(seen).toEqual({});
    await clock.advance(1);
    expect(seen).toEqual({ cutAtMs: 2_200, ended: { result: 'aborted', lease: 'fault' } });
  });

  it('is cut on time although a renewal under way has no answer', async () => {
    const answer = Promise.withResolvers<undefined>();
    table.before('replace', () => answer.promise);
    const seen = call(8_000);
    await clock.advance(3_000);
    expect(seen).toEqual({ cutAtMs: 2_200 });
    answer.resolve(undefined);
    await clock.settle();
    expect(seen.ended).toEqual({ result: 'aborted', lease: 'held' });
  });

  it('goes on when a renewal that failed succeeds in time', async () => {
    table.lose('replace', 'down', 3);
    table.lose('read', 'down', 3);
    const seen = call(3_700);
    await clock.advance(3_700);
    expect(seen).toEqual({ ended: { result: 'slept', lease: 'held' } });
    // At 1.6, 2.6 and 3.6 s; at 1.0, 1.2 and 1.4 s nothing reached the table.
    expect(renewals()).toBe(3);
  });

  it('goes on when the answer to a renewal is lost: the row says that it was done', async () => {
    table.lose('replace', 'lost');
    const seen = call(3_100);
    await clock.advance(3_100);
    expect(seen).toEqual({ ended: { result: 'slept', lease: 'held' } });
    expect(renewals()).toBe(3);
  });

  it('goes on when a renewal hangs, and when what hung lands after the next one', async () => {
    const late = Promise.withResolvers<unknown>();
    table.before('replace', async (land, withinMs = 2_500) => {
      await clock.sleep(withinMs);
      void clock.sleep(1_000).then(land).then(late.resolve);
      throw new StorageFault('replace', 'sessions', 'no answer');
    });
    const seen = call(3_700);
    await clock.advance(3_700);
    expect(seen).toEqual({ ended: { result: 'slept', lease: 'held' } });
    // Sent at 1.0 s and given up at 1.5 s; again then, and each second after.
    expect(renewals()).toBe(3);
    expect(held.leaseLeftMs()).toBe(2_300);
    expect(await late.promise).toEqual({ ok: false });
  });

  it('goes on when a renewal that hung lands before the next one', async () => {
    table.before('replace', async (land, withinMs = 2_500) => {
      await clock.sleep(withinMs);
      table.before('replace', land);
      throw new StorageFault('replace', 'sessions', 'no answer');
    });
    const seen = call(3_700);
    await clock.advance(3_700);
    expect(seen).toEqual({ ended: { result: 'slept', lease: 'held' } });
    // At 1.5 s the condition does not hold any more, and the row shows why; then again, and each second after.
    expect(renewals()).toBe(4);
    expect(held.leaseLeftMs()).toBe(2_300);
  });

  it('is cut as soon as a renewal finds that the session is another attempt’s', async () => {
    const seen = call(8_000);
    await clock.advance(500);
    await takenOver();
    await clock.advance(499);
    expect(seen).toEqual({});
    await clock.advance(1);
    expect(seen).toEqual({ cutAtMs: 1_000, ended: { result: 'aborted', lease: 'lost' } });
  });

  it('counts a renewed lease from before the renewal was sent', async () => {
    table.before('replace', () => clock.sleep(800));
    call(8_000);
    await clock.advance(1_800);
    expect(held.leaseLeftMs()).toBe(1_700);
  });

  it('passes on what the call throws, and renews no more', async () => {
    const thrown = lease.during(new AbortController(), () =>
      Promise.reject(new Error('a defect of the driver')),
    );
    await expect(thrown).rejects.toThrow('a defect of the driver');
    await clock.advance(5_000);
    expect(renewals()).toBe(0);
  });
});

describe('making a lease fresh', () => {
  it('renews it only where it is older than 300 ms', async () => {
    await clock.advance(300);
    expect(await lease.freshen()).toBe('held');
    expect(renewals()).toBe(0);
    await clock.advance(1);
    expect(await lease.freshen()).toBe('held');
    expect(renewals()).toBe(1);
    expect(lease.usableMs()).toBe(2_200);
  });

  it('says that the lease could not be confirmed', async () => {
    await clock.advance(1_000);
    table.lose('replace', 'down');
    expect(await lease.freshen()).toBe('fault');
    expect(lease.usableMs()).toBe(1_200);
  });

  it('says that the session is another attempt’s', async () => {
    await clock.advance(1_000);
    await takenOver();
    expect(await lease.freshen()).toBe('lost');
  });
});
