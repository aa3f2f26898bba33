import { TableClient } from '@azure/data-tables';
import { type AzuriteHandle, spawnAzurite } from '../../local/azurite/spawn.ts';
import { FaultProxy } from '../support/faultProxy/faultProxy.ts';
import type { Fault } from '../support/faultProxy/faults.ts';
import { until } from '../support/e2e/until.ts';

let azurite: AzuriteHandle;
let proxy: FaultProxy;
let table: TableClient;

beforeAll(async () => {
  azurite = await spawnAzurite();
  proxy = new FaultProxy(azurite.tableUrl);
  const { connectionString } = await proxy.endpoint('test');
  table = TableClient.fromConnectionString(connectionString, 'things', {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
  await table.createTable();
  proxy.forget();
});

afterEach(() => {
  proxy.clear();
  proxy.forget();
});

afterAll(async () => {
  await proxy.stop();
  await azurite.stop();
});

const key = (rowKey: string) => ({ partitionKey: 'p', rowKey });
const exists = (rowKey: string): Promise<boolean> =>
  table.getEntity('p', rowKey).then(
    () => true,
    () => false,
  );

describe('the fault proxy', () => {
  it('hands requests and answers through unchanged, signatures, Date and ETag included', async () => {
    const { etag } = await table.createEntity({ ...key('plain'), note: 'it’s here' });
    let date: string | undefined;
    const row = await table.getEntity<{ note: string }>('p', 'plain', {
      onResponse: (response) => (date = response.headers.get('date')),
    });
    expect(row.note).toBe('it’s here');
    expect(row.etag).toBe(etag);
    expect(Number.isNaN(Date.parse(date ?? ''))).toBe(false);
    expect(proxy.counts().byKind).toEqual({ 'POST things': 1, 'GET things': 1 });
    expect(proxy.requests.map(({ operation, rowKey, status }) => [operation, rowKey, status])).toEqual([
      ['insert', 'plain', 204],
      ['read', 'plain', 200],
    ]);
  });

  it.each<[string, Fault, boolean]>([
    ['refuse', { type: 'refuse' }, false],
    ['reset before', { type: 'reset-before' }, false],
    ['status before', { type: 'status', status: 503, retryAfterSeconds: 1 }, false],
    ['reset after', { type: 'reset-after' }, true],
    ['status after', { type: 'status', status: 500, after: true }, true],
    ['half answer', { type: 'half-answer' }, true],
  ])('fails a write: %s', async (name, fault, landed) => {
    const row = key(name.replaceAll(' ', '-'));
    proxy.inject({ match: { operation: 'insert', client: 'test' }, fault, times: 1 });
    await expect(table.createEntity(row)).rejects.toThrow();
    expect(await exists(row.rowKey)).toBe(landed);
    expect(Object.values(proxy.counts().byFault)).toEqual([1]);
  });

  it.each([
    ['before', false, false],
    ['after', true, true],
  ])('hangs a write until its sender gives up: %s', async (name, after, landed) => {
    proxy.inject({ match: { operation: 'insert' }, fault: { type: 'hang', after }, times: 1 });
    const row = key(`hang-${name}`);
    const sender = new AbortController();
    const sent = table.createEntity(row, { abortSignal: sender.signal }).catch((error: unknown) => error);
    const arrived = () => proxy.requests.find(({ rowKey }) => rowKey === row.rowKey);
    await until('the write', () => (after ? arrived()?.doneAt : arrived()?.id));
    sender.abort();
    expect(await sent).toBeInstanceOf(Error);
    expect(await exists(row.rowKey)).toBe(landed);
  });

  it('makes a row seem as old as the service’s clock is said to be ahead', async () => {
    await table.createEntity(key('aged'));
    const ageMs = async (): Promise<number> => {
      let date: string | undefined;
      const { timestamp } = await table.getEntity('p', 'aged', {
        onResponse: (response) => (date = response.headers.get('date')),
      });
      return Date.parse(date ?? '') - Date.parse(timestamp ?? '');
    };
    proxy.setClockAhead(3_600_000);
    const ahead = await ageMs();
    proxy.setClockAhead(0);
    // Whole seconds in `Date`, and the time between the two answers.
    expect(Math.round((ahead - (await ageMs())) / 60_000)).toBe(60);
  });

  it('answers a query with an empty page first, and with the rows on its continuation', async () => {
    await table.createEntity({ partitionKey: 'q', rowKey: '1' });
    await table.createEntity({ partitionKey: 'q', rowKey: '2' });
    proxy.inject({ match: { operation: 'query' }, fault: { type: 'empty-page' } });
    const pages = [];
    const query = table.listEntities({ queryOptions: { filter: `PartitionKey eq 'q'` } });
    for await (const page of query.byPage({ maxPageSize: 1 })) pages.push(page.map(({ rowKey }) => rowKey));
    expect(pages).toEqual([[], ['1'], [], ['2']]);
  });

  it('holds a write by its content, and lands it though its sender has given up', async () => {
    const hold = proxy.hold({ row: { state: 'settled' }, point: 'before' });
    await table.createEntity({ ...key('held-other'), state: 'claimed' });
    const sender = new AbortController();
    const row = { ...key('held'), state: 'settled' };
    const sent = table.createEntity(row, { abortSignal: sender.signal }).catch((error: unknown) => error);
    await hold.waitForHeld();
    sender.abort();
    expect(await sent).toBeInstanceOf(Error);
    expect(await exists('held')).toBe(false);
    const [request] = proxy.requests.filter(({ rowKey }) => rowKey === 'held');
    expect(hold.release()).toBe(1);
    while (request?.doneAt === undefined) await new Promise(setImmediate);
    expect(await exists('held')).toBe(true);
  });

  it('loses the answer of a write that was held after it was done', async () => {
    const hold = proxy.hold({ operation: 'insert', point: 'after', times: 1 });
    const sent = table.createEntity(key('lost')).catch((error: unknown) => error);
    await hold.waitForHeld();
    expect(await exists('lost')).toBe(true);
    hold.release({ type: 'reset-after' });
    expect(await sent).toBeInstanceOf(Error);
  });

  it('refuses connections at one endpoint until it is told to accept them', async () => {
    const endpoint = await proxy.endpoint('other');
    const other = TableClient.fromConnectionString(endpoint.connectionString, 'things', {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
    await endpoint.refuse();
    await expect(other.createEntity(key('refused'))).rejects.toThrow('ECONNREFUSED');
    await endpoint.accept();
    await other.createEntity(key('refused'));
    expect(await exists('refused')).toBe(true);
  });

  it('hits the share of requests that the schedule names, the same with the same seed', async () => {
    const run = async (): Promise<(string | undefined)[]> => {
      proxy.forget();
      proxy.schedule({ seed: 5, rate: 0.5 });
      for (let n = 0; n < 12; n += 1) {
        await table
          .getEntity('p', `none-${n}`, { abortSignal: AbortSignal.timeout(3_000) })
          .catch(() => undefined);
      }
      return proxy.requests.map(({ fault }) => fault);
    };
    const faults = await run();
    expect(faults.filter((fault) => fault !== undefined).length).toBeGreaterThan(2);
    expect(await run()).toEqual(faults);
  });
});
