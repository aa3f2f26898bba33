import {
  bundledApp,
  removeFolders,
  runFunction,
  send,
  startHost,
  writeJson,
  type Running,
} from './support.ts';

let folder: string;
let host: Running;

beforeAll(async () => {
  folder = bundledApp();
  const keys = writeJson(folder, 'keys.json', {
    master: 'the-master-key',
    host: { default: 'a-host-key' },
    functions: {
      keyed: { default: 'first-own-key', second: 'second-own-key' },
      opened: { default: 'key-of-another' },
    },
  });
  host = await startHost({ app: folder, keys });
});
afterAll(async () => {
  await host.stop();
  removeFolders();
});

test.each([
  ['opened', undefined, 200],
  ['keyed', undefined, 401],
  ['keyed', '', 401],
  ['keyed', 'wrong', 401],
  ['keyed', 'first-own-ke', 401],
  ['keyed', 'key-of-another', 401],
  ['keyed', 'first-own-key', 200],
  ['keyed', 'second-own-key', 200],
  ['keyed', 'a-host-key', 200],
  ['keyed', 'the-master-key', 200],
  ['mastered', undefined, 401],
  ['mastered', 'a-host-key', 401],
  ['mastered', 'first-own-key', 401],
  ['mastered', 'the-master-key', 200],
])('%s with key %p: %i, from the header and from the query', async (name, key, expected) => {
  const url = `${host.url}/api/${name}`;
  const byHeader = await send(url, { headers: key === undefined ? {} : { 'x-functions-key': key } });
  const byQuery = await send(key === undefined ? url : `${url}?code=${key}`);
  expect([byHeader.status, byQuery.status]).toStrictEqual([expected, expected]);
  expect(byHeader.body.toString() === '').toBe(expected === 401);
});

test('a route that does not exist is 404, with or without a key', async () => {
  expect((await send(`${host.url}/api/no-such`)).status).toBe(404);
});

test('the admin API asks for the master key, readiness for none', async () => {
  const run = async (headers?: Record<string, string>): Promise<number> =>
    (await runFunction(host, 'tick?wait=true', headers)).status;
  expect(await run()).toBe(401);
  expect(await run({ 'x-functions-key': 'first-own-key' })).toBe(401);
  expect(await run({ 'x-functions-key': 'the-master-key' })).toBe(200);
  expect((await send(`${host.url}/admin/host/status`)).status).toBe(200);
});
