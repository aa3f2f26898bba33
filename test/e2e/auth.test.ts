/** Tokens, session tickets and the scopes of keys, on real processes. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Stack } from '../../local/stack.ts';
import { type Issuer, type TokenOptions, AUDIENCE, startIssuer, tokenOf } from '../../local/issuer.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let issuer: Issuer;
let stack: Stack;
let broker: TestBroker;

const jwtSettings = (more: object = {}): Record<string, string> => ({
  BROKER_AUTH: JSON.stringify({
    mode: 'jwt',
    issuer: issuer.url,
    audience: AUDIENCE,
    jwksUri: issuer.jwksUri,
    ...more,
  }),
});

beforeAll(async () => {
  issuer = await startIssuer();
  stack = await startStack({ fleet: { activationMs: 0 } });
  broker = await startBroker(stack, {
    settings: jwtSettings({ sessionClaim: 'session', gameModeClaim: 'mode' }),
  });
});

afterAll(async () => {
  await stack.stop();
  await issuer.close();
});

const request = (sessionId: string = randomUUID()) => ({ sessionId, gameMode: 'duel' });

async function authorization(options?: TokenOptions): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await tokenOf(issuer, options)}` };
}

const ticket = (session: string, mode = 'duel') => authorization({ claims: { session, mode } });

/** What a client can tell one answer from another by. */
function visible(reply: { status: number; text: string }): object {
  const { instance: _instance, ...problem } = JSON.parse(reply.text) as Record<string, unknown>;
  return { status: reply.status, problem };
}

describe('a token', () => {
  it('gets its session, and nobody without one gets anything', async () => {
    const body = request();
    const headers = await ticket(body.sessionId);
    const refused = [await allocate(broker, body), await find(broker, body.sessionId)];
    for (const reply of refused) {
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Bearer');
      expect(json(reply)).toMatchObject({ code: 'unauthenticated', retryable: false });
    }
    expect((await stack.fleet.control.report({ sessions: [body.sessionId] })).calls).toEqual([]);
    expect((await allocate(broker, body, headers)).status).toBe(201);
    expect((await lookUp(body.sessionId, headers)).status).toBe(200);
  });

  it('is refused in the same words, whatever is wrong with it', async () => {
    const body = request();
    const bad = [
      {},
      { authorization: 'Bearer x' },
      { authorization: 'Basic dXNlcjpwYXNz' },
      await authorization({ claims: { aud: 'other' } }),
      await authorization({ claims: { exp: 1 } }),
      await authorization({ header: { kid: '../k1' } }),
      await authorization({ header: { typ: 'logout+jwt' } }),
      { authorization: `Bearer ${'x'.repeat(10_000)}` },
    ];
    const replies = await Promise.all(bad.map((headers) => allocate(broker, body, headers)));
    const [first] = replies.map(visible);
    expect(replies.map(visible)).toEqual(bad.map(() => first));
  });

  it('is not even decoded when it is as long as headers may be', async () => {
    const headers = await authorization({ claims: { filler: 'x'.repeat(10_500) } });
    expect(headers.authorization.length).toBeGreaterThan(14_000);
    expect((await raw(headers)).status).toBe(401);
    await until('the reason in the log', () =>
      broker.events('auth.refused').at(-1)?.['reason'] === 'no bearer token' ? true : undefined,
    );
  });

  it('is not believed when it comes twice', async () => {
    const body = request();
    const { authorization: good } = await ticket(body.sessionId);
    const twice = await fetch(`${broker.url}/api/v1/allocations/${body.sessionId}`, {
      headers: [
        ['authorization', good],
        ['authorization', good],
      ],
    });
    expect(twice.status).toBe(401);
  });

  it('may be of a key that nobody has heard of: a thousand of them fetch the keys once', async () => {
    const fresh = await startBroker(stack, { settings: jwtSettings() });
    const before = issuer.requests.length;
    const unknown = await Promise.all(
      Array.from({ length: 20 }, (_, index) => authorization({ header: { kid: `unknown-${index}` } })),
    );
    for (let round = 0; round < 50; round += 1) {
      const replies = await Promise.all(unknown.map((headers) => raw(headers, fresh)));
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([401]));
    }
    expect(issuer.requests.slice(before)).toEqual(['/keys']);
    await fresh.stop();
  });

  it('cannot be judged without the keys: neither yes nor no', async () => {
    const fresh = await startBroker(stack, { settings: jwtSettings() });
    issuer.answers.set('/keys', (_request, response) => response.writeHead(500).end('upstream words'));
    const reply = await raw(await authorization(), fresh);
    issuer.answers.clear();
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('5');
    expect(json(reply)).toMatchObject({ code: 'auth-unavailable', retryable: true, retryAfterSeconds: 5 });
    expect(await fresh.told(1, 'auth.unavailable')).toMatchObject([
      { level: 'error', reason: 'The answer has status 500.' },
    ]);
    await fresh.stop();
  });
});

describe("an issuer's keys", () => {
  afterEach(() => issuer.answers.clear());

  it.each<[string, string, (response: ServerResponse) => unknown]>([
    ['nonsense', 'not-json', (response) => response.end('<html>')],
    ['headers and no more', 'timeout', (response) => response.writeHead(200).flushHeaders()],
  ])('are asked for once in five seconds while the answer is %s', async (_name, why, answer) => {
    const fresh = await startBroker(stack, { settings: jwtSettings() });
    issuer.answers.set('/keys', (_request, response) => answer(response));
    const before = issuer.requests.length;
    const headers = await authorization();
    for (let round = 0; round < 3; round += 1) {
      const replies = await Promise.all(Array.from({ length: 33 }, () => raw(headers, fresh)));
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    }
    expect(issuer.requests.slice(before)).toEqual(['/keys']);
    expect((await fresh.told(1, 'auth.unavailable'))[0]).toMatchObject({
      level: 'error',
      reason: `The signing keys cannot be fetched (${why}).`,
    });
    await fresh.stop();
  });

  it('that are of no use are not there: 401, and the operators know which', async () => {
    const fresh = await startBroker(stack, { settings: jwtSettings() });
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' });
    const keys = JSON.stringify({ keys: [{ ...short, kid: 'short' }, issuer.publicJwk] });
    issuer.answers.set('/keys', (_request, response) => response.end(keys));
    expect((await raw(await authorization({ header: { kid: 'short' } }), fresh)).status).toBe(401);
    expect((await raw(await authorization(), fresh)).status).toBe(404);
    expect(await fresh.told(1, 'auth.unusable-key')).toMatchObject([
      { level: 'warning', kid: 'short', reason: 'An RSA key of 1024 bits; from 2048 to 16384 are accepted.' },
    ]);
    expect(fresh.events('defect')).toEqual([]);
    await fresh.stop();
  });
});

describe('a session ticket', () => {
  it('is for its session alone, and does not tell whether another one exists', async () => {
    const exists = request();
    expect((await allocate(broker, exists, await ticket(exists.sessionId))).status).toBe(201);
    const headers = await ticket(randomUUID());
    const replies = [
      await allocate(broker, exists, headers),
      await allocate(broker, request(), headers),
      await lookUp(exists.sessionId, headers),
      await lookUp(randomUUID(), headers),
    ];
    const forbidden = {
      status: 403,
      problem: {
        type: 'urn:allocation-broker:problem:forbidden',
        title: 'The caller may not do this',
        status: 403,
        detail: 'The token is not for this session.',
        code: 'forbidden',
        retryable: false,
      },
    };
    expect(replies.map(visible)).toEqual([forbidden, forbidden, forbidden, forbidden]);
  });

  it('is for its game mode alone', async () => {
    const body = request();
    expect(await refusal(allocate(broker, body, await ticket(body.sessionId, 'battle')))).toBe('forbidden');
    expect((await allocate(broker, body, await ticket(body.sessionId, 'duel'))).status).toBe(201);
    expect(await refusal(lookUp(body.sessionId, await ticket(body.sessionId, 'battle')))).toBe('forbidden');
  });

  it('that names nothing is for nothing', async () => {
    const body = request();
    expect(await refusal(allocate(broker, body, await authorization()))).toBe('forbidden');
  });

  it('may write the session in capitals', async () => {
    const body = request();
    expect((await allocate(broker, body, await ticket(body.sessionId.toUpperCase()))).status).toBe(201);
  });
});

describe('the key of the clients', () => {
  const folder = temporaryFolder();
  let keyed: TestBroker;

  beforeAll(async () => {
    const functions = { allocations: { clients: 'clients-key' }, history: { operators: 'operators-key' } };
    writeFileSync(join(folder.path, 'keys.json'), JSON.stringify({ master: 'master-key', functions }));
    keyed = await startBroker(stack, { keys: join(folder.path, 'keys.json') });
  });

  afterAll(() => folder.remove());

  const status = async (path: string, key: string): Promise<number> =>
    (await send(`${keyed.url}${path}`, { headers: { 'x-functions-key': key } })).status;

  it('opens the allocations, and neither ready nor history nor the timers', async () => {
    expect((await allocate(keyed, request(), { 'x-functions-key': 'clients-key' })).status).toBe(201);
    expect(await status('/api/ready', 'clients-key')).toBe(401);
    expect(await status('/api/v1/history', 'clients-key')).toBe(401);
    const sweep = await send(`${keyed.url}/admin/functions/sweep`, {
      method: 'POST',
      headers: { 'x-functions-key': 'clients-key' },
    });
    expect(sweep.status).toBe(401);
    expect(await status('/api/v1/history', 'operators-key')).toBe(200);
  });

  it.each([
    ['{"mode": "anonymous"}', {}],
    ['{"mode": "jwt"}', {}],
    ['{"mode": "anonymous"', { BROKER_ALLOW_ANONYMOUS: 'true' }],
  ])('is asked for where BROKER_AUTH is %s, and nothing is given even for it', async (auth, more) => {
    const malformed = await startBroker(stack, {
      keys: join(folder.path, 'keys.json'),
      settings: { BROKER_AUTH: auth, ...more },
    });
    expect((await allocate(malformed, request())).status).toBe(401);
    const keyedReply = await allocate(malformed, request(), { 'x-functions-key': 'clients-key' });
    expect([keyedReply.status, json(keyedReply)['code']]).toEqual([503, 'misconfigured']);
    await malformed.stop();
  });
});

it('anonymous callers are let in where both settings say so', async () => {
  const open = await startBroker(stack, {
    settings: { BROKER_AUTH: '{"mode": "anonymous"}', BROKER_ALLOW_ANONYMOUS: 'true' },
  });
  expect((await allocate(open, request())).status).toBe(201);
  await open.stop();
});

/** The last test: it takes the tables away. */
it('a ticket is judged before the ledger is read: 403 even without one', async () => {
  const mine = randomUUID();
  const headers = await ticket(mine);
  expect((await tablesOf(stack.azurite.connectionString).all('brokersessions')).length).toBeGreaterThan(0);
  await stack.azurite.stop();
  expect(await refusal(lookUp(randomUUID(), headers))).toBe('forbidden');
  expect(await refusal(allocate(broker, request(), headers))).toBe('forbidden');
  expect(await refusal(lookUp(mine, headers))).toBe('storage-unavailable');
});

const lookUp = (sessionId: string, headers: Record<string, string>, at = broker) =>
  send(`${at.url}/api/v1/allocations/${sessionId}`, { headers });

const raw = (headers: Record<string, string>, at = broker) => lookUp(randomUUID(), headers, at);

const refusal = async (asked: ReturnType<typeof send>): Promise<unknown> => json(await asked)['code'];
