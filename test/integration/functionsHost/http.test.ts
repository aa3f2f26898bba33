import { bundledApp, removeFolders, send, startHost, type Running } from './support.ts';

let folder: string;
let host: Running;

beforeAll(async () => {
  folder = bundledApp();
  host = await startHost({
    app: folder,
    env: { TICK_SCHEDULE: '0 0 0 1 1 *', 'AzureWebJobs.switchedOff.Disabled': 'true' },
  });
});
afterAll(async () => {
  await host.stop();
  removeFolders();
});

interface Echo {
  method: string;
  url: string;
  params: Record<string, string>;
  query: [string, string][];
  headers: Record<string, string>;
  body: string;
  invocationId: string;
  traceContext?: unknown;
}

async function echo(path: string, init?: RequestInit): Promise<Echo> {
  const response = await fetch(`${host.url}${path}`, init);
  expect(response.status).toBe(200);
  return (await response.json()) as Echo;
}

describe('routes', () => {
  test('an absent optional parameter is absent, a given one keeps its case, literals match in any case', async () => {
    expect((await echo('/api/v1/echo')).params).toStrictEqual({});
    expect((await echo('/api/v1/echo/')).params).toStrictEqual({});
    expect((await echo('/API/V1/Echo/AbC')).params).toStrictEqual({ id: 'AbC' });
  });

  test('parameters are decoded, except for a slash', async () => {
    expect((await echo('/api/v1/echo/a%20b%2Fc')).params).toStrictEqual({ id: 'a b%2Fc' });
  });

  test('a literal segment wins over a parameter', async () => {
    expect(await (await fetch(`${host.url}/api/v1/echo/known`)).text()).toBe('the literal route');
  });

  test('the same route serves another function for another method', async () => {
    const answers = ['POST', 'PUT'].map((method) => fetch(`${host.url}/api/v1/echo/x`, { method }));
    const names = (await Promise.all(answers)).map((response) => response.headers.get('x-answered-by'));
    expect(names).toStrictEqual(['echo', 'echoPut']);
  });

  test('without a template the route is the name of the function', async () => {
    expect(await (await fetch(`${host.url}/api/named`)).text()).toBe('at its name');
  });

  test.each([
    ['no such route', 'GET', '/api/v1/nothing-here'],
    ['one segment too many', 'GET', '/api/v1/echo/a/b'],
    ['outside the prefix', 'GET', '/v1/echo'],
    ['another method', 'DELETE', '/api/v1/echo/a'],
    ['HEAD, which is not GET', 'HEAD', '/api/v1/echo/a'],
    ['a preflight when CORS is not set', 'OPTIONS', '/api/v1/echo/a'],
    ['a function that a setting disables', 'GET', '/api/switchedOff'],
    ['the root', 'GET', '/'],
  ])('404 with an empty body: %s', async (_case, method, path) => {
    const response = await send(`${host.url}${path}`, { method });
    expect([response.status, response.body.length]).toStrictEqual([404, 0]);
  });
});

describe('requests', () => {
  test('header names arrive in lower case, repeated values joined', async () => {
    const { body } = await send(`${host.url}/api/v1/echo`, {
      headers: { 'X-MiXeD': 'Value', 'X-Twice': ['a', 'b'] as unknown as string },
    });
    const { headers } = JSON.parse(body.toString()) as Echo;
    expect(headers).toMatchObject({ 'x-mixed': 'Value', 'x-twice': 'a,b' });
  });

  test('query, method and the absolute URL arrive', async () => {
    const seen = await echo('/api/v1/echo/x?a=1&b=&A=2', { method: 'POST' });
    expect(seen.query).toStrictEqual([
      ['a', '1,2'],
      ['b', ''],
    ]);
    expect(seen.method).toBe('POST');
    expect(seen.url).toBe(`${host.url}/api/v1/echo/x?a=1&b=&A=2`);
  });

  test('a body with a length arrives byte for byte', async () => {
    const seen = await echo('/api/v1/echo', { method: 'POST', body: Buffer.from('00ff7b22c3a9', 'hex') });
    expect(seen.body).toBe('00ff7b22c3a9');
  });

  test('a chunked body is dropped, and the connection stays usable', async () => {
    const { body, headers } = await send(`${host.url}/api/v1/echo`, { method: 'POST' }, (outgoing) => {
      outgoing.setHeader('connection', 'keep-alive');
      outgoing.write('{"lost":');
      outgoing.write('true}');
    });
    const seen = JSON.parse(body.toString()) as Echo;
    expect(seen.headers['transfer-encoding']).toBe('chunked');
    expect(seen.body).toBe('');
    expect(headers['connection']).toBe('keep-alive');
  });

  test('every invocation has a GUID of its own', async () => {
    const [a, b] = await Promise.all([echo('/api/v1/echo'), echo('/api/v1/echo')]);
    expect(a.invocationId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(b.invocationId).not.toBe(a.invocationId);
  });

  test('the trace context of the headers reaches the context', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const seen = await echo('/api/v1/echo', { headers: { traceparent, tracestate: 'vendor=1' } });
    expect(seen.traceContext).toStrictEqual({ traceParent: traceparent, traceState: 'vendor=1' });
  });

  test('400 with an empty body for a Host header that is none', async () => {
    const response = await send(`${host.url}/api/v1/echo`, { headers: { host: 'a b' } });
    expect([response.status, response.body.length]).toStrictEqual([400, 0]);
  });
});

describe('responses', () => {
  test('bytes, status and headers', async () => {
    const { status, headers, body } = await send(`${host.url}/api/bytes`);
    expect([status, headers['content-type'], body.toString('hex')]).toStrictEqual([
      202,
      'application/x-bytes',
      '00ff10',
    ]);
  });

  test('a stream', async () => {
    expect((await send(`${host.url}/api/stream`)).body.toString()).toBe('first,second');
  });

  test('cookies, which this host does not support, are an error in the log', async () => {
    expect((await send(`${host.url}/api/cookies`)).status).toBe(500);
    expect(await host.line('this host supports no cookies')).toContain('GET /api/cookies');
  });

  test('a function that returns nothing answers 204', async () => {
    expect((await send(`${host.url}/api/nothing`)).status).toBe(204);
  });

  test('an unhandled error answers 500 with an empty body; the reason is in the log', async () => {
    const { status, body } = await send(`${host.url}/api/throws`);
    expect([status, body.length]).toStrictEqual([500, 0]);
    expect(await host.line('the reason is for the log alone')).toContain('throws');
  });
});
