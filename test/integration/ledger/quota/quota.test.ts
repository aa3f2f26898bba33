/** The quota's table: counted exactly by several instances at once, whatever keeps the rows. */
import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { type AzuriteHandle, spawnAzurite } from '../../../../local/azurite/spawn.ts';
import { azureTable } from '../../../../lib/ledger/tables/azureTable.ts';
import type { EntityTable } from '../../../../lib/ledger/tables/entityTable.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { Charge, ChargeResult } from '../../../../lib/ledger/quota/quota.ts';
import { QuotaLedger } from '../../../../lib/ledger/quota/quotaLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';

/** What every table must make of it; 08:15:30.250 is when the clock starts, and a window is an hour. */
function describeQuota(name: string, setUp: () => EntityTable): void {
  describe(`quota on ${name}`, () => {
    let clock: VirtualClock;
    let table: LossyTable;
    let quota: QuotaLedger;
    let caller: string;

    beforeEach(() => {
      clock = new VirtualClock(undefined, { sleepPasses: true });
      table = new LossyTable(setUp());
      quota = instance();
      caller = randomUUID();
    });

    const instance = (limit = 3) =>
      new QuotaLedger({ quotas: table, clock, limit, windowMs: 3_600_000, onStorageFault: 'refuse' });

    const used = async () => (await table.read(caller, 'quota'))?.row['used'];

    it('counts up to the limit and tells when to come back', async () => {
      expect((await charged(3)).map(({ kind }) => kind)).toEqual(['charged', 'charged', 'charged']);
      await clock.advance(600_000);
      expect(await quota.charge(caller)).toEqual({ kind: 'refused', retryAfterSeconds: 3_000 });
      expect(await used()).toBe(3);
    });

    it('remembers for an hour whom it has refused, each once', async () => {
      await charged(5);
      expect(quota.refusedLately()).toBe(1);
      await clock.advance(3_599_000);
      expect(quota.refusedLately()).toBe(1);
      await clock.advance(1_000);
      expect(quota.refusedLately()).toBe(0);
      expect(instance().refusedLately()).toBe(0);
    });

    it('rounds the wait up, so that whoever keeps to it is let in', async () => {
      await charged(3);
      await clock.advance(3_599_001);
      expect(await quota.charge(caller)).toEqual({ kind: 'refused', retryAfterSeconds: 1 });
      await clock.advance(998);
      expect((await quota.charge(caller)).kind).toBe('refused');
      await clock.advance(1);
      expect((await quota.charge(caller)).kind).toBe('charged');
      expect(await used()).toBe(1);
    });

    it('opens a window with the first charge in it, in the same row', async () => {
      await quota.charge(caller);
      expect((await table.read(caller, 'quota'))?.row['windowStart']).toEqual(
        new Date('2026-11-22T08:15:30.250Z'),
      );
      await clock.advance(5_400_000);
      await quota.charge(caller);
      expect((await table.read(caller, 'quota'))?.row['windowStart']).toEqual(
        new Date('2026-11-22T09:45:30.250Z'),
      );
    });

    it.each([
      ['windowStart', 'today'],
      ['windowStart', 0],
      ['used', '2'],
    ])('charges nobody where the row’s %s is %p, and leaves the row as it is', async (cell, value) => {
      const row = { writeId: 'w', windowStart: new Date('2026-11-22T08:15:30.250Z'), used: 1 };
      const spoilt = { ...row, partitionKey: caller, rowKey: 'quota', [cell]: value };
      await table.insert(spoilt);
      const fault = new StorageFault('read', 'quotas', `row ${caller} holds no usable ${cell}`);
      await expect(quota.charge(caller)).rejects.toThrow(fault);
      expect((await table.read(caller, 'quota'))?.row).toEqual(spoilt);
      expect((await quota.charge(randomUUID())).kind).toBe('charged');
    });

    it('keeps callers apart', async () => {
      await charged(3);
      expect((await quota.charge(randomUUID())).kind).toBe('charged');
    });

    it('lets exactly the limit through when instances count at once', async () => {
      const instances = [instance(50), instance(50), instance(50)];
      const results = await Promise.all(
        Array.from({ length: 120 }, (_, index) => (instances[index % 3] ?? quota).charge(caller)),
      );
      expect(results.filter((result) => result.kind === 'charged')).toHaveLength(50);
      expect(await used()).toBe(50);
    });

    it('writes what waits at once: 120 charges of one instance take two writes', async () => {
      const one = instance(500);
      await Promise.all(Array.from({ length: 120 }, () => one.charge(caller)));
      expect(table.seen).toEqual(['read', 'insert', 'read', 'replace']);
      expect(await used()).toBe(120);
    });

    it('refuses without writing', async () => {
      await charged(3);
      table.seen.splice(0);
      await Promise.all([quota.charge(caller), quota.charge(caller), quota.charge(caller)]);
      expect(table.seen).toEqual(['read', 'read']);
    });

    it('takes a charge back, once its caller has given it back', async () => {
      const [first] = await charged(3);
      await quota.giveBack(chargeOf(first));
      expect(await used()).toBe(2);
      expect((await quota.charge(caller)).kind).toBe('charged');
    });

    it('gives and takes in one batch', async () => {
      const [first] = await charged(3);
      const results = await Promise.all([
        quota.charge(caller),
        quota.giveBack(chargeOf(first)),
        quota.charge(caller),
        quota.charge(caller),
      ]);
      expect(results.map((result) => result?.kind)).toEqual(['refused', undefined, 'charged', 'refused']);
      expect(await used()).toBe(3);
    });

    it('does not take back what an earlier window counted', async () => {
      const [first] = await charged(1);
      await clock.advance(3_600_000);
      await charged(2);
      await quota.giveBack(chargeOf(first));
      expect(await used()).toBe(2);
    });

    it('takes nothing back where the row is gone, and begins anew', async () => {
      const [first] = await charged(3);
      await forget();
      await quota.giveBack(chargeOf(first));
      expect(await used()).toBeUndefined();
      expect((await quota.charge(caller)).kind).toBe('charged');
      expect(await used()).toBe(1);
    });

    it('counts a charge whose row goes in that very moment', async () => {
      await charged(2);
      table.before('replace', forget);
      expect((await quota.charge(caller)).kind).toBe('charged');
      expect(await used()).toBe(1);
    });

    it.each(['lost', 'repeated'] as const)('counts once when the answer to a write is %s', async (loss) => {
      await charged(1);
      table.lose('replace', loss);
      expect((await quota.charge(caller)).kind).toBe('charged');
      expect(await used()).toBe(2);
    });

    it('says so when it cannot count, and goes on afterwards', async () => {
      table.lose('read', 'down');
      await expect(quota.charge(caller)).rejects.toBeInstanceOf(StorageFault);
      expect((await quota.charge(caller)).kind).toBe('charged');
    });

    /** As `prune` does it. */
    async function forget(): Promise<void> {
      const stored = await table.read(caller, 'quota');
      await table.remove(caller, 'quota', stored?.etag ?? '');
    }

    function charged(times: number): Promise<ChargeResult[]> {
      return Promise.all(Array.from({ length: times }, () => quota.charge(caller)));
    }
  });
}

function chargeOf(result: ChargeResult | undefined): Charge {
  if (result?.kind !== 'charged') throw new Error('not charged');
  return result.charge;
}

describeQuota('rows in memory', () => new MemoryTable(() => 0));

describe('with Azurite', () => {
  let azurite: AzuriteHandle;

  beforeAll(async () => {
    azurite = await spawnAzurite();
  });

  afterAll(() => azurite.stop());

  describeQuota('Table Storage', () =>
    azureTable(
      TableClient.fromConnectionString(azurite.connectionString, 'brokerquotas', {
        allowInsecureConnection: true,
      }),
    ),
  );
});
