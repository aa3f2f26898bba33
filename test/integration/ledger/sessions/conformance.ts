import { randomUUID } from 'node:crypto';
import { cookieFits } from '../../../../lib/ledger/sessions/cookieSeal.ts';
import type { EntityTable } from '../../../../lib/ledger/tables/entityTable.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { Claim, ClaimResult, Ledger } from '../../../../lib/ledger/sessions/ledger.ts';
import type { SessionRecord } from '../../../../lib/ledger/sessions/session.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import type { VirtualClock } from '../../../support/virtualClock.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { claim as claimSeen } from '../../../support/claiming.ts';

/** A table to keep sessions in, and a way to let time pass on the storage service's clock. */
export interface LedgerHarness {
  readonly table: EntityTable;
  readonly clock: VirtualClock;
  /** Lets the lease of every claim run out, on the storage service's clock, too. */
  passLease(): Promise<void>;
}

const ANSWER = { body: '{"status":"allocated"}', region: 'WestUS', hostName: 'a.cloudapp.net' };
const OTHER_ANSWER = { body: '{"status":"other"}', region: 'EastUS', hostName: 'b.cloudapp.net' };
const SOON = Number.MAX_SAFE_INTEGER;

/** What every ledger must do, whatever keeps its rows. The lease is `leaseMs` long. */
export function describeLedger(name: string, leaseMs: number, setUp: () => Promise<LedgerHarness>): void {
  describe(`ledger on ${name}`, () => {
    let harness: LedgerHarness;
    let table: LossyTable;
    let ledger: Ledger;

    beforeEach(async () => {
      harness = await setUp();
      table = new LossyTable(harness.table);
      ledger = new TableLedger({
        sessions: table,
        clock: harness.clock,
        leaseMs,
        sessionTtlMs: 24 * 3_600_000,
      });
    });

    const proposal = (over: { cookie?: string } = {}) => ({
      sessionId: randomUUID(),
      gameMode: 'duel',
      fleet: 'first',
      fleetTarget: 'one',
      ...over,
    });

    it('gives one of two concurrent claims the session and shows the other who has it', async () => {
      const one = proposal();
      const results = await Promise.all([claimSeen(ledger, one), claimSeen(ledger, one)]);
      expect(results.map(({ kind }) => kind).sort()).toEqual(['claimed', 'seen']);
    });

    it('replays a settled session byte for byte', async () => {
      const one = proposal();
      const claim = claimed(await claimSeen(ledger, one));
      expect((await claim.settle(ANSWER, SOON)).kind).toBe('settled');
      const record = seen(await claimSeen(ledger, one));
      expect(record).toMatchObject({
        state: 'allocated',
        ...ANSWER,
        generation: 1,
        attemptId: claim.session.attemptId,
      });
    });

    it('does not let a live claim be taken over', async () => {
      const one = proposal();
      await claimSeen(ledger, one);
      const record = seen(await claimSeen(ledger, one));
      expect(record.state).toBe('claimed');
      expect(await claimSeen(ledger, one, record)).toEqual({ kind: 'seen', record });
    });

    it('lets exactly one of several take over a claim whose lease ran out', async () => {
      const one = proposal();
      await claimSeen(ledger, one);
      await harness.passLease();
      const record = await read(one.sessionId);
      const results = await Promise.all([1, 2, 3].map(() => claimSeen(ledger, one, record)));
      expect(results.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
      const claim = claimed(results.find(({ kind }) => kind === 'claimed'));
      expect(claim).toMatchObject({
        session: { maybeStarted: true, generation: 1 },
        previousHistory: record.history,
      });
    });

    it('tells a holder who was taken over, when it renews', async () => {
      const one = proposal();
      const first = claimed(await claimSeen(ledger, one));
      await harness.passLease();
      claimed(await claimSeen(ledger, one, await read(one.sessionId)));
      expect(await first.renew()).toBe(false);
    });

    it('starts the lease anew with a renewal', async () => {
      const one = proposal();
      const claim = claimed(await claimSeen(ledger, one));
      await harness.clock.advance(leaseMs - 10);
      expect(claim.leaseLeftMs()).toBe(10);
      expect(await claim.renew()).toBe(true);
      expect(claim.leaseLeftMs()).toBe(leaseMs);
    });

    it('settles over the claim of whoever took over, and that one then answers the same', async () => {
      const one = proposal();
      const slow = claimed(await claimSeen(ledger, one));
      await harness.passLease();
      const taker = claimed(await claimSeen(ledger, one, await read(one.sessionId)));
      expect((await slow.settle(ANSWER, SOON)).kind).toBe('settled');
      expect(await taker.settle(OTHER_ANSWER, SOON)).toMatchObject({ kind: 'superseded', record: ANSWER });
      expect(await read(one.sessionId)).toMatchObject({ state: 'allocated', ...ANSWER });
    });

    it('settles over a release of its own generation', async () => {
      const one = proposal();
      const slow = claimed(await claimSeen(ledger, one));
      await harness.passLease();
      const taker = claimed(await claimSeen(ledger, one, await read(one.sessionId)));
      await taker.release('nothing-started');
      expect((await slow.settle(ANSWER, SOON)).kind).toBe('settled');
    });

    it('can be claimed at once after a release', async () => {
      const one = proposal();
      const first = claimed(await claimSeen(ledger, one));
      await first.release('nothing-started');
      const second = claimed(await claimSeen(ledger, one, await read(one.sessionId)));
      expect(second).toMatchObject({
        session: { maybeStarted: false },
        previousHistory: first.session.history,
      });
    });

    it('leaves no row behind when a new session was never asked for', async () => {
      const one = proposal();
      await claimed(await claimSeen(ledger, one)).release('never-asked');
      expect(await ledger.read(one.sessionId)).toBeUndefined();
    });

    it('names the attempt before, when one that took over was never asked for', async () => {
      const one = proposal();
      const first = claimed(await claimSeen(ledger, one));
      await first.release('nothing-started');
      await claimed(await claimSeen(ledger, one, await read(one.sessionId))).release('never-asked');
      expect(await read(one.sessionId)).toMatchObject({ state: 'released', history: first.session.history });
    });

    it('remembers that a host may exist through later attempts that started nothing', async () => {
      const one = proposal();
      await claimed(await claimSeen(ledger, one)).release('maybe-started');
      await claimed(await claimSeen(ledger, one, await read(one.sessionId))).release('nothing-started');
      expect(await read(one.sessionId)).toMatchObject({ state: 'released', maybeStarted: true });
    });

    it('hands the first cookie on to whoever takes over', async () => {
      const one = proposal({ cookie: 'first' });
      await claimSeen(ledger, one);
      await harness.passLease();
      const taker = claimed(await claimSeen(ledger, { ...one, cookie: 'second' }, await read(one.sessionId)));
      expect(taker.session.cookie).toBe('first');
    });

    it('takes a new cookie where nothing was started', async () => {
      const one = proposal({ cookie: 'first' });
      await claimed(await claimSeen(ledger, one)).release('nothing-started');
      const next = claimed(await claimSeen(ledger, { ...one, cookie: 'second' }, await read(one.sessionId)));
      expect(next.session.cookie).toBe('second');
    });

    it('keeps a session with the fleet that may have a host of it', async () => {
      const [died, ended] = [proposal(), proposal()];
      await claimSeen(ledger, died);
      await claimed(await claimSeen(ledger, ended)).release('maybe-started');
      await harness.passLease();
      for (const one of [died, ended]) {
        const before = await read(one.sessionId);
        expect(before.fleet).toBe('first');
        const other = { ...one, fleet: 'second', fleetTarget: 'another' };
        const taker = claimed(await claimSeen(ledger, other, before));
        expect(taker.session).toMatchObject({ fleet: 'first', fleetTarget: 'one' });
        expect(await read(one.sessionId)).toMatchObject({ fleet: 'first', fleetTarget: 'one' });
      }
    });

    it('lets a session go to another fleet where nothing was started', async () => {
      const one = proposal();
      await claimed(await claimSeen(ledger, one)).release('nothing-started');
      const other = { ...one, fleet: 'second', fleetTarget: 'another' };
      const next = claimed(await claimSeen(ledger, other, await read(one.sessionId)));
      expect(next.session).toMatchObject({ fleet: 'second', fleetTarget: 'another' });
      expect(await read(one.sessionId)).toMatchObject({ fleet: 'second', fleetTarget: 'another' });
    });

    it('keeps only a seal of the cookie once the session is settled', async () => {
      const one = proposal({ cookie: 'opaque' });
      await claimed(await claimSeen(ledger, one)).settle(ANSWER, SOON);
      const record = await read(one.sessionId);
      expect(record.cookie).toBeUndefined();
      expect(cookieFits(record.cookieSeal, 'opaque')).toBe(true);
      expect(cookieFits(record.cookieSeal, 'another')).toBe(false);
      expect(JSON.stringify(await harness.table.read(one.sessionId, 'session'))).not.toContain('opaque');
    });

    describe('when an answer is lost on the way', () => {
      it.each(['lost', 'repeated'] as const)('knows its own insert again (%s)', async (loss) => {
        table.lose('insert', loss);
        const one = proposal();
        expect((await claimSeen(ledger, one)).kind).toBe('claimed');
        expect(seen(await claimSeen(ledger, one)).state).toBe('claimed');
      });

      it.each(['lost', 'repeated'] as const)('knows its own take-over again (%s)', async (loss) => {
        const one = proposal();
        await claimed(await claimSeen(ledger, one)).release('nothing-started');
        const record = await read(one.sessionId);
        table.lose('replace', loss);
        expect((await claimSeen(ledger, one, record)).kind).toBe('claimed');
      });

      it.each(['lost', 'repeated'] as const)('knows its own renewal again (%s)', async (loss) => {
        const claim = claimed(await claimSeen(ledger, proposal()));
        table.lose('replace', loss);
        expect(await claim.renew()).toBe(true);
      });

      it.each(['lost', 'repeated'] as const)('knows its own settling again (%s)', async (loss) => {
        const claim = claimed(await claimSeen(ledger, proposal()));
        table.lose('replace', loss);
        expect((await claim.settle(ANSWER, SOON)).kind).toBe('settled');
      });

      it('goes on with its claim when a renewal that it gave up on landed after all', async () => {
        const claim = claimed(await claimSeen(ledger, proposal()));
        table.lose('replace', 'lost');
        table.lose('read', 'down');
        await expect(claim.renew()).rejects.toThrow(StorageFault);
        expect((await claim.settle(ANSWER, SOON)).kind).toBe('settled');
      });
    });

    describe('when the table is down', () => {
      it('says so, and never that there is no such session', async () => {
        const one = proposal();
        await claimed(await claimSeen(ledger, one)).settle(ANSWER, SOON);
        table.lose('read', 'down');
        await expect(ledger.read(one.sessionId)).rejects.toThrow(StorageFault);
        table.lose('insert', 'down');
        table.lose('read', 'down', 2);
        await expect(claimSeen(ledger, one)).rejects.toThrow(StorageFault);
      });

      it('does not confirm a lease', async () => {
        const claim = claimed(await claimSeen(ledger, proposal()));
        await harness.clock.advance(100);
        table.lose('replace', 'down');
        await expect(claim.renew()).rejects.toThrow(StorageFault);
        expect(claim.leaseLeftMs()).toBe(leaseMs - 100);
      });

      it('goes on settling until it is up again', async () => {
        const claim = claimed(await claimSeen(ledger, proposal()));
        table.lose('replace', 'down', 3);
        expect((await claim.settle(ANSWER, harness.clock.monotonicMs() + 5_000)).kind).toBe('settled');
      });

      it('leaves a settling unconfirmed when the time is up', async () => {
        const claim = claimed(await claimSeen(ledger, proposal()));
        table.lose('replace', 'down', 1_000);
        expect(await claim.settle(ANSWER, harness.clock.monotonicMs() + 1_000)).toEqual({
          kind: 'unconfirmed',
        });
      });
    });

    async function read(sessionId: string): Promise<SessionRecord> {
      const record = await ledger.read(sessionId);
      if (record === undefined) throw new Error('expected a session row');
      return record;
    }
  });
}

function claimed(result: ClaimResult | undefined): Claim {
  if (result?.kind !== 'claimed') throw new Error('expected a claim');
  return result.claim;
}

function seen(result: ClaimResult): SessionRecord {
  if (result.kind !== 'seen') throw new Error('expected to see the record of another');
  return result.record;
}
