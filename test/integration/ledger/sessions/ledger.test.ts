import { TableClient } from '@azure/data-tables';
import { type AzuriteHandle, spawnAzurite } from '../../../../local/azurite/spawn.ts';
import { azureTable } from '../../../../lib/ledger/tables/azureTable.ts';
import type { EntityTable } from '../../../../lib/ledger/tables/entityTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { describeLedger } from './conformance.ts';

const LEASE_MS = 11_000;

describeLedger('rows in memory', LEASE_MS, () => {
  const clock = new VirtualClock(undefined, { sleepPasses: true });
  const table = new MemoryTable(() => clock.wallMs());
  return Promise.resolve({
    table,
    clock,
    passLease: () => clock.advance(LEASE_MS + 1_000),
  });
});

describe('with Azurite', () => {
  let azurite: AzuriteHandle;

  beforeAll(async () => {
    azurite = await spawnAzurite();
  });

  afterAll(() => azurite.stop());

  describeLedger('Table Storage', LEASE_MS, () => {
    const clock = new VirtualClock(undefined, { sleepPasses: true });
    let aheadMs = 0;
    const client = TableClient.fromConnectionString(azurite.connectionString, 'brokersessions', {
      allowInsecureConnection: true,
    });
    return Promise.resolve({
      table: withStorageClock(azureTable(client), () => aheadMs),
      clock,
      passLease: () => {
        aheadMs = LEASE_MS + 1_000;
        return clock.advance(LEASE_MS + 1_000);
      },
    });
  });
});

/** The emulator keeps real time: what is read is made to look as if it were read that much later. */
function withStorageClock(table: EntityTable, aheadMs: () => number): EntityTable {
  return {
    insert: (row) => table.insert(row),
    replace: (row, etag) => table.replace(row, etag),
    remove: (partitionKey, rowKey, etag) => table.remove(partitionKey, rowKey, etag),
    async read(partitionKey, rowKey) {
      const stored = await table.read(partitionKey, rowKey);
      return stored && { ...stored, readAtMs: stored.readAtMs + aheadMs() };
    },
  };
}
