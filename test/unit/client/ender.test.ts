import { AllocationError, SessionEnder } from '../../../clients/typescript/src/server.ts';
import {
  answer,
  loseConnection,
  never,
  startScriptedServer,
  type ScriptedServer,
  type Step,
} from './server.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const ended = (fleet: string): Step => answer(204, '', { 'allocation-end': fleet });
const problem = (code: string, status: number, retryable: boolean, more: object = {}): Step =>
  answer(status, { status, code, retryable, detail: `What is wrong: ${code}.`, instance: 'i-1', ...more });

let server: ScriptedServer;
let ender: SessionEnder;
beforeEach(async () => {
  server = await startScriptedServer();
  ender = new SessionEnder({ baseUrl: `${server.url}/`, functionKey: 'key-of-endings' });
});
afterEach(() => server.close());

async function failure(promise: Promise<unknown>): Promise<AllocationError> {
  const error = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AllocationError)) throw error;
  return error;
}

test.each(['told', 'no-host', 'pending', 'not-told'])('says what the fleet said: %s', async (fleet) => {
  server.play(ended(fleet));
  await expect(ender.end(SESSION)).resolves.toEqual({ fleet });
  expect(server.seen).toHaveLength(1);
  expect(server.seen[0]).toMatchObject({ method: 'DELETE', url: `/api/v1/allocations/${SESSION}`, body: '' });
  expect(server.seen[0]?.headers['x-functions-key']).toBe('key-of-endings');
});

test('shows a token that it asks for before each request', async () => {
  server.play(loseConnection, ended('told'));
  let count = 0;
  const withTokens = new SessionEnder({ baseUrl: server.url, getToken: () => `token-${(count += 1)}` });
  await withTokens.end(SESSION);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer token-1',
    'Bearer token-2',
  ]);
});

test.each<[string, Step]>([
  ['a lost connection', loseConnection],
  ['a problem that may pass', problem('storage-unavailable', 503, true)],
  ['a defect of the broker', problem('internal', 500, true)],
  ['a gateway', answer(502, '<html>')],
])('says it again after %s', async (_what, step) => {
  server.play(step, ended('told'));
  await expect(ender.end(SESSION)).resolves.toEqual({ fleet: 'told' });
  expect(server.seen.map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
});

test('waits as long as Retry-After says', async () => {
  server.play(answer(503, { status: 503, code: 'c', detail: 'd', retryable: true }, { 'retry-after': '60' }));
  const error = await failure(ender.end(SESSION, { deadlineMs: 5_000 }));
  expect(error).toMatchObject({ code: 'deadline-exceeded' });
  expect(server.seen).toHaveLength(1);
});

test.each([
  ['unknown-session', 404],
  ['forbidden', 403],
  ['invalid-request', 400],
  ['misconfigured', 503],
])('does not repeat %s', async (code, status) => {
  server.play(problem(code, status, false), ended('told'));
  expect(await failure(ender.end(SESSION))).toMatchObject({ code, problem: { instance: 'i-1' } });
  expect(server.seen).toHaveLength(1);
});

test.each<[string, Step, string, RegExp]>([
  ['a missing key', answer(401), 'unauthenticated', /key is missing or wrong.*"endings"/],
  ['an address without a broker', answer(404), 'unexpected-answer', /cannot end sessions/],
  ['a 204 that is not the broker’s', answer(204), 'unexpected-answer', /status 204/],
  ['a captive portal’s page', answer(200, '<html>'), 'unexpected-answer', /status 200/],
])('takes %s for no end', async (_what, step, code, message) => {
  server.play(step);
  const error = await failure(ender.end(SESSION));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(server.seen).toHaveLength(1);
});

test('follows no redirect, whose target would get the key', async () => {
  const elsewhere = await startScriptedServer();
  elsewhere.play(ended('told'));
  server.play(answer(307, '', { location: `${elsewhere.url}/api/v1/allocations/${SESSION}` }));
  expect(await failure(ender.end(SESSION))).toMatchObject({ code: 'unexpected-answer' });
  expect(elsewhere.seen).toEqual([]);
  await elsewhere.close();
});

test('ends at once when its caller wants it to', async () => {
  server.play(never);
  const stop = new AbortController();
  const ending = failure(ender.end(SESSION, { signal: stop.signal }));
  stop.abort();
  expect(await ending).toMatchObject({ code: 'aborted' });
});

test('asks for an absolute address', () => {
  expect(() => new SessionEnder({ baseUrl: 'my-broker' })).toThrow(TypeError);
});
