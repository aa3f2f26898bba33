import {
  bundledApp,
  overSocket,
  removeFolders,
  runFunction,
  send,
  startHost,
  writeJson,
  type Running,
} from './support.ts';

/** What was seen on the real Functions host (4.x, with the Node.js worker), where Node's own server would differ. */

let host: Running;

beforeAll(async () => {
  const folder = bundledApp();
  const keys = writeJson(folder, 'keys.json', {
    master: 'the-master-key',
    host: { default: 'a-host-key' },
    functions: { keyed: { default: 'its-own-key' } },
  });
  const settings = writeJson(folder, 'settings.json', { Host: { CORS: 'https://game.example' } });
  host = await startHost({ app: folder, keys, settings });
});
afterAll(async () => {
  await host.stop();
  removeFolders();
});

const MASTER = { 'x-functions-key': 'the-master-key' };
const HOST_KEY = { 'x-functions-key': 'a-host-key' };

/** Lines of a request, which closes the connection. */
const lines = (first: string, ...headers: string[]): string =>
  [`${first} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

/** What is after the headers. */
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

describe('as the host does: answers of functions', () => {
  test('a body goes out in chunks, whatever length the function names', async () => {
    const { headers } = await send(`${host.url}/api/bytes`);
    expect([headers['transfer-encoding'], headers['content-length']]).toStrictEqual(['chunked', undefined]);
  });

  test('HEAD is answered by the functions that register it, without a body', async () => {
    const head = await send(`${host.url}/api/headed`, { method: 'HEAD' });
    expect([head.status, head.headers['x-method'], head.body.length]).toStrictEqual([200, 'HEAD', 0]);
    expect((await send(`${host.url}/api/named`, { method: 'HEAD' })).status).toBe(404);
  });

  test('its own CORS says nothing of Vary', async () => {
    const { headers } = await send(`${host.url}/api/opened`, { headers: { origin: 'https://game.example' } });
    expect(headers['access-control-allow-origin']).toBe('https://game.example');
    expect(headers['vary']).toBeUndefined();
  });
});

describe('as the host does: keys', () => {
  test('the name of the parameter is read in any case', async () => {
    expect((await send(`${host.url}/api/keyed?CODE=its-own-key`)).status).toBe(200);
  });

  test.each([
    ['its-own-key', 'wrong', 200],
    ['wrong', 'its-own-key', 401],
  ])('of the two keys %s and %s the first counts: %i', async (first, second, status) => {
    const keys = [`x-functions-key: ${first}`, `x-functions-key: ${second}`];
    expect(statusOf(await overSocket(host, lines('GET /api/keyed', ...keys)))).toBe(status);
  });
});

describe('as the host does: the admin API', () => {
  test.each([['GET'], ['POST']])(
    '%s with a host key is 403, without a key 401 with its challenge',
    async (method) => {
      const url = `${host.url}/admin/functions/tick`;
      const withHostKey = await send(url, { method, headers: HOST_KEY });
      expect([withHostKey.status, withHostKey.headers['www-authenticate']]).toStrictEqual([403, undefined]);
      const without = await send(url, { method });
      expect([without.status, without.headers['www-authenticate']]).toStrictEqual([401, 'Bearer']);
    },
  );

  test('a run without a content type is 415, and with one but without a body 400', async () => {
    const url = `${host.url}/admin/functions/tick`;
    expect((await send(url, { method: 'POST', headers: MASTER })).status).toBe(415);
    const headers = { ...MASTER, 'content-type': 'application/json' };
    expect((await send(url, { method: 'POST', headers })).status).toBe(400);
  });

  test('a run of an HTTP function is 202, too', async () => {
    expect((await runFunction(host, 'opened', MASTER)).status).toBe(202);
  });

  test('it lists the functions, and describes each', async () => {
    const get = (path: string): Promise<{ status: number; body: Buffer }> =>
      send(`${host.url}/admin/${path}`, { headers: MASTER });
    const all = await get('functions');
    expect(all.status).toBe(200);
    const names = (JSON.parse(all.body.toString()) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['echo', 'tick']));
    const one = await get('functions/TICK');
    expect(one.status).toBe(200);
    expect(JSON.parse(one.body.toString())).toMatchObject({
      name: 'tick',
      isDisabled: false,
      config: { bindings: [{ type: 'timerTrigger', schedule: '%TICK_SCHEDULE%' }] },
    });
    expect((await get('functions/none')).status).toBe(404);
  });

  test('the ping is answered without a key', async () => {
    expect((await send(`${host.url}/admin/host/ping`)).status).toBe(200);
  });
});

describe('as the host does: what its server takes and refuses', () => {
  test.each([
    ['two slashes', '/api//v1/echo', 404],
    ['two slashes at the beginning', '//api/v1/echo', 404],
    ['two slashes at the end', '/api/v1/echo//', 404],
    ['a zero character', '/api/v1/echo/%00', 400],
    ['9 KB', `/api/v1/echo/${'a'.repeat(9_000)}`, 414],
    ['more than Node takes by itself', `/api/v1/echo/${'a'.repeat(40_000)}`, 414],
  ])('an address with %s is refused with an empty body', async (_case, path, status) => {
    const answer = await overSocket(host, lines(`GET ${path}`));
    expect([statusOf(answer), bodyOf(answer)]).toStrictEqual([status, '']);
  });

  test('an address of 8 KB is taken', async () => {
    expect(statusOf(await overSocket(host, lines(`GET /api/v1/echo/${'a'.repeat(8_100)}`)))).toBe(200);
  });

  test.each([
    [20_000, 200],
    [32_000, 200],
    [33_000, 431],
  ])('a header of %i bytes is %i', async (bytes, status) => {
    const answer = await overSocket(host, lines('GET /api/v1/echo', `x-large: ${'a'.repeat(bytes)}`));
    expect(statusOf(answer)).toBe(status);
  });

  test('a body of more than 100 MB is an empty 500, before it is read', async () => {
    const answer = await overSocket(host, lines('POST /api/v1/echo', 'content-length: 104857601'));
    expect([statusOf(answer), bodyOf(answer)]).toStrictEqual([500, '']);
  });

  test('beside chunks, a length counts for nothing: the function sees none', async () => {
    const answer = await overSocket(
      host,
      `${lines('POST /api/v1/echo', 'Content-Length: 5', 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('"transfer-encoding":"chunked"');
    expect(answer).not.toContain('"content-length"');
  });

  test('two lengths are refused', async () => {
    const answer = await overSocket(
      host,
      lines('POST /api/v1/echo', 'Content-Length: 5', 'Content-Length: 6'),
    );
    expect([statusOf(answer), bodyOf(answer)]).toStrictEqual([400, '']);
  });

  test('a method is read in any case, and the connection serves on', async () => {
    const kept = 'get /api/v1/echo HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await overSocket(host, `${kept}${lines('GET /api/named')}`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('"method":"GET"');
    expect(answer).toContain('at its name');
  });

  test('what follows the last request of a connection gets no answer of its own', async () => {
    const answer = await overSocket(host, 'GET /api/v1/locations/%00 HTTP/1.0\r\n\r\n\u001e:junk', true);
    expect([statusOf(answer), bodyOf(answer)]).toStrictEqual([400, '']);
  });

  test('a client that ends its connection in the middle of its body gets no answer', async () => {
    const half = lines('POST /api/v1/echo', 'Content-Length: 100');
    expect(await overSocket(host, `${half}half`, true)).toBe('');
  });
});
