import {
  bundledApp,
  removeFolders,
  send,
  startHost,
  writeJson,
  type Answer,
  type Running,
} from './support.ts';

let folder: string;
const running: Running[] = [];

beforeAll(() => {
  folder = bundledApp({
    version: '2.0',
    extensions: { http: { routePrefix: '' } },
    logging: { logLevel: { 'Function.logs.User': 'Debug' } },
  });
});
afterAll(async () => {
  await Promise.all(running.map((host) => host.stop()));
  removeFolders();
});

async function hostWith(settings: object, env: Record<string, string> = {}): Promise<Running> {
  const path = writeJson(folder, `local.settings.${running.length}.json`, {
    IsEncrypted: false,
    ...settings,
  });
  const host = await startHost({
    app: folder,
    settings: path,
    jsonLogs: true,
    env: { TICK_SCHEDULE: '0 0 0 1 1 *', ...env },
  });
  running.push(host);
  return host;
}

const page = 'https://game.example';
const preflight = (host: Running, origin: string): Promise<Answer> =>
  send(`${host.url}/opened`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-functions-key',
    },
  });

test('Values become settings, but never over the environment; the empty route prefix is honoured', async () => {
  const host = await hostWith(
    { Values: { FROM_FILE: 'file', FROM_BOTH: 'file' } },
    { FROM_BOTH: 'environment' },
  );
  const setting = async (name: string): Promise<string> =>
    (await send(`${host.url}/setting?name=${name}`)).body.toString();
  expect(await setting('FROM_FILE')).toBe('file');
  expect(await setting('FROM_BOTH')).toBe('environment');
});

test('CORS for a list of origins: the host answers the preflight, and marks the answers', async () => {
  const host = await hostWith({ Host: { CORS: `http://localhost:3000, ${page}`, CORSCredentials: true } });
  const allowed = await preflight(host, page);
  expect(allowed.status).toBe(204);
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': page,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type,x-functions-key',
    'access-control-allow-credentials': 'true',
  });

  const refused = await preflight(host, 'https://other.example');
  expect(refused.status).toBe(204);
  expect(refused.headers).not.toHaveProperty('access-control-allow-origin');

  const failed = await send(`${host.url}/throws`, { headers: { origin: page } });
  expect([failed.status, failed.headers['access-control-allow-origin']]).toStrictEqual([500, page]);
  const sameOrigin = await send(`${host.url}/opened`);
  expect(sameOrigin.headers).not.toHaveProperty('access-control-allow-origin');
});

test('CORS for everyone', async () => {
  const host = await hostWith({ Host: { CORS: '*', CORSCredentials: true } });
  const { headers } = await preflight(host, page);
  expect(headers['access-control-allow-origin']).toBe('*');
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
});

test('log lines carry the function and its invocation; host.json says which levels are printed', async () => {
  const host = await hostWith({});
  await send(`${host.url}/logs`);
  const line = JSON.parse(await host.line('a warning with')) as Record<string, string>;
  expect(line).toStrictEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    level: 'warning',
    function: 'logs',
    invocationId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    message: "a warning with { an: 'object' }",
  });
  expect(await host.line('a debug line')).toContain('"level":"debug"');
});

test('a line logged after the handler returned comes with a warning', async () => {
  const host = await hostWith({});
  await send(`${host.url}/logsLate`);
  expect(await host.line('too late')).toContain('"level":"information"');
  const warning = await host.line("Unexpected call to 'log' on the context object after function execution");
  expect(JSON.parse(warning)).toMatchObject({ level: 'warning', function: 'logsLate' });
});
