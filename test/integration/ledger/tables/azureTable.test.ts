import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { azureTable } from '../../../../lib/ledger/tables/azureTable.ts';
import type { EntityTable, Row } from '../../../../lib/ledger/tables/entityTable.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import { tableClients } from '../../../../lib/ledger/tables/tableClients.ts';
import {
  type AzuriteHandle,
  emulatorConnectionString,
  spawnAzurite,
} from '../../../../local/azurite/spawn.ts';

const ROW: Row = {
  partitionKey: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
  rowKey: 'session',
  text: 'süß',
  whole: 7,
  fraction: 1.5,
  yes: true,
  at: new Date('2026-11-22T08:15:30.250Z'),
  absent: undefined,
};

function tableAt(connectionString: string): EntityTable {
  return azureTable(tableClients({ kind: 'connection-string', connectionString })('sessions'));
}

describe('azureTable', () => {
  let azurite: AzuriteHandle;
  let table: EntityTable;

  beforeEach(async () => {
    azurite = await spawnAzurite();
    table = tableAt(azurite.connectionString);
  });

  afterEach(() => azurite.stop());

  it('creates a missing table when it is first met, and returns what was written with its types', async () => {
    expect(await table.read(ROW.partitionKey, ROW.rowKey)).toBeUndefined();
    const written = await table.insert(ROW);
    const stored = await table.read(ROW.partitionKey, ROW.rowKey);
    const { absent: _, ...present } = ROW;
    expect(stored?.row).toMatchObject(present);
    expect(stored?.row).not.toHaveProperty('absent');
    expect(written).toEqual({ ok: true, etag: stored?.etag, atMs: expect.any(Number) as number });
    // By the service's clock, in whole seconds that are cut off or rounded.
    const atMs = written.ok ? (written.atMs ?? 0) : 0;
    expect(Math.abs(atMs - (stored?.writtenAtMs ?? 0))).toBeLessThanOrEqual(1_000);
  });

  it('tells when a row was written and read, both by the clock of the service', async () => {
    await table.insert(ROW);
    const stored = await table.read(ROW.partitionKey, ROW.rowKey);
    const apartMs = (stored?.readAtMs ?? NaN) - (stored?.writtenAtMs ?? NaN);
    // The Date header is cut to whole seconds, so that it may seem to lie up to a second before.
    expect(apartMs).toBeGreaterThan(-1_000);
    expect(apartMs).toBeLessThan(5_000);
  });

  it('refuses a second insert, a replace and a remove under an old etag, and a replace of nothing', async () => {
    const first = await table.insert(ROW);
    const etag = first.ok ? first.etag : '';
    expect(await table.insert(ROW)).toEqual({ ok: false });
    expect((await table.replace({ ...ROW, whole: 8 }, etag)).ok).toBe(true);
    expect(await table.replace({ ...ROW, whole: 9 }, etag)).toEqual({ ok: false });
    expect(await table.remove(ROW.partitionKey, ROW.rowKey, etag)).toEqual({ ok: false });
    expect((await table.read(ROW.partitionKey, ROW.rowKey))?.row['whole']).toBe(8);
    expect(await table.replace({ ...ROW, rowKey: 'other' }, etag)).toEqual({ ok: false });
  });

  it('replaces the whole row', async () => {
    const first = await table.insert(ROW);
    const { text: _, ...without } = ROW;
    await table.replace(without, first.ok ? first.etag : '');
    expect((await table.read(ROW.partitionKey, ROW.rowKey))?.row).not.toHaveProperty('text');
  });

  it('says of a service that is down that it is down, never that there is no row', async () => {
    await table.insert(ROW);
    await azurite.stop();
    await expect(table.read(ROW.partitionKey, ROW.rowKey)).rejects.toThrow(StorageFault);
    await expect(table.insert(ROW)).rejects.toThrow(StorageFault);
  });
});

describe('azureTable before a service that never answers', () => {
  it('gives up by itself', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const table = tableAt(emulatorConnectionString(`http://127.0.0.1:${port}/devstoreaccount1`));
    await expect(table.read('a', 'b')).rejects.toThrow('read on table brokersessions: no answer');
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
});
