import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TableClient } from '@azure/data-tables';
import {
  type AzuriteHandle,
  emulatorConnectionString,
  spawnAzurite,
} from '../../../../local/azurite/spawn.ts';
import { azureScan } from '../../../../lib/ledger/tables/azureScan.ts';
import { azureTable } from '../../../../lib/ledger/tables/azureTable.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { describeScan } from './scanConformance.ts';

describeScan('rows in memory', () => {
  const clock = new VirtualClock();
  const table = new MemoryTable(() => clock.wallMs());
  return Promise.resolve({ table, scan: new MemoryScan(table) });
});

describe('with Azurite', () => {
  let azurite: AzuriteHandle;
  let tables = 0;

  beforeAll(async () => {
    azurite = await spawnAzurite();
  });

  afterAll(() => azurite.stop());

  const client = (): TableClient =>
    TableClient.fromConnectionString(azurite.connectionString, `history${(tables += 1)}`, {
      allowInsecureConnection: true,
    });

  describeScan('Table Storage', () => {
    const one = client();
    return Promise.resolve({ table: azureTable(one), scan: azureScan(one) });
  });

  it('finds nothing in a table that is not there yet', async () => {
    const scan = azureScan(client());
    expect(await scan.page({ partitionKey: 'p', limit: 10 })).toEqual({ rows: [] });
    expect(await scan.nextPartition('0', 'z')).toBeUndefined();
  });

  it('finds nothing old in a table that is not there, and does not create it', async () => {
    const one = client();
    const request = { column: 'windowStart', olderThan: new Date('2026-11-22T08:15:30.250Z'), limit: 10 };
    expect(await azureScan(one).pageOlder(request)).toEqual({ rows: [] });
    await expect(one.listEntities().next()).rejects.toMatchObject({ statusCode: 404 });
  });
});

it('gives a service up that never answers', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/devstoreaccount1`;
  const client = TableClient.fromConnectionString(emulatorConnectionString(url), 'history', {
    allowInsecureConnection: true,
  });
  const scan = azureScan(client, 100);
  await expect(scan.page({ partitionKey: 'p', limit: 1 })).rejects.toThrow(StorageFault);
  await expect(scan.pageOlder({ column: 'at', olderThan: new Date(0), limit: 1 })).rejects.toThrow(
    StorageFault,
  );
  await expect(scan.nextPartition('0', 'z')).rejects.toThrow(StorageFault);
  await expect(scan.removeRows('p', ['a'])).rejects.toThrow(StorageFault);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
