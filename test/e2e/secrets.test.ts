/**
 * Canaries in every secret, then every problem there is, then a search of all that came out: answers, the logs of all
 * processes, the tables. The one exception is the cookie in the row of a session that has not settled yet.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '../../lib/contract/problem.ts';
import type { FaultRule } from '../../local/fleet/faultSchema.ts';
import type { Stack } from '../../local/stack.ts';
import { type Issuer, AUDIENCE, startIssuer, tokenOf } from '../../local/issuer.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate as post, json, send } from '../support/e2e/httpClient.ts';
import { tablesOf, type Row } from '../support/e2e/tables.ts';
import { type Wiretap, tapFleet } from '../support/e2e/wiretap.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const COOKIE = 'canary-cookie-1f6b';
const CANARIES = {
  functionKey: 'canary-function-key-9c2e',
  masterKey: 'canary-master-key-77d0',
  wrongToken: 'canary-wrong-token-40aa',
  tokenClaim: 'canary-claim-5b11',
  upstreamBody: 'canary-upstream-body-e3f8',
  upstreamHeader: 'canary-upstream-header-0d4c',
  setting: 'canary-setting-6a9b',
  playerId: 'canary-player-2b7d',
  query: 'canary-query-c0de',
};
/** Of Azurite's published key. */
const STORAGE_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50u';

const folder = temporaryFolder();
let issuer: Issuer;
let stack: Stack;
/** Between the brokers and the fleet: what it grants a broker is a secret too. */
let tap: Wiretap;
const replies: Reply[] = [];
const brokers: TestBroker[] = [];
const output: string[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  writeFileSync(
    join(folder.path, 'keys.json'),
    JSON.stringify({
      master: CANARIES.masterKey,
      functions: Object.fromEntries(
        ['allocations', 'endings', 'ready'].map((name) => [name, { own: CANARIES.functionKey }]),
      ),
    }),
  );
  // The same app, with everything logged that it has to say.
  writeFileSync(
    join(folder.path, 'host.json'),
    JSON.stringify({ version: '2.0', logging: { logLevel: { default: 'Trace' } } }),
  );
  writeFileSync(
    join(folder.path, 'package.json'),
    JSON.stringify({ main: join(__dirname, '../../dist/main.cjs') }),
  );
  issuer = await startIssuer();
  stack = await startStack({
    app: folder.path,
    fleet: { activationMs: 0, log: true, output: 'pipe' },
    settings: { BROKER_FLEET_TIMEOUT_MS: '2000' },
  });
  tap = await tapFleet(stack.fleet.url);
  for (const child of [stack.fleet.child, stack.azurite.child]) {
    child.stdout?.on('data', (piece: Buffer) => output.push(piece.toString()));
    child.stderr?.on('data', (piece: Buffer) => output.push(piece.toString()));
  }
});

afterAll(async () => {
  await stack.stop();
  await tap.stop();
  await issuer.close();
  folder.remove();
});

async function start(settings: Record<string, string> = {}): Promise<TestBroker> {
  const broker = await startBroker(stack, {
    keys: join(folder.path, 'keys.json'),
    settings: { [fleet.settings.endpoint]: tap.url, ...settings },
  });
  brokers.push(broker);
  return broker;
}

const request = (more: object = {}) => ({
  sessionId: randomUUID(),
  gameMode: 'duel',
  sessionCookie: COOKIE,
  players: [{ playerId: CANARIES.playerId, latencies: [{ location: 'West US', ms: 12 }] }],
  ...more,
});

/** Asks, keeps the answer, and tells the problem's code, or the status where it is none. */
async function told(asked: Promise<Reply>): Promise<unknown> {
  const reply = await asked;
  replies.push(reply);
  return reply.text === '' ? reply.status : (json(reply)['code'] ?? reply.status);
}

const allocate = (broker: TestBroker, body: object | string, headers: Record<string, string> = {}) =>
  told(post(broker, body, { 'x-functions-key': CANARIES.functionKey, ...headers }));

const end = (broker: TestBroker, sessionId: string, headers: Record<string, string>) =>
  told(send(`${broker.url}/api/v1/allocations/${sessionId}`, { method: 'DELETE', headers }));

/** Where the broker asks the fleet again until the wait ends. */
const BRIEFLY = { prefer: 'wait=2' };

async function bearer(claims: object, key?: Uint8Array): Promise<{ authorization: string }> {
  const token = await tokenOf(issuer, {
    claims: { secret: CANARIES.tokenClaim, ...claims },
    ...(key && { key, header: { alg: 'HS256' } }),
  });
  tokens.push(token);
  return { authorization: `Bearer ${token}` };
}

const upstream = (status: number, envelope: object = {}): FaultRule => ({
  action: {
    type: 'status',
    status,
    body: JSON.stringify({
      error: CANARIES.upstreamBody,
      authorization: `Bearer ${stack.fleetToken}`,
      ...envelope,
    }),
    contentType: `application/json; ${CANARIES.upstreamHeader}`,
    retryAfter: CANARIES.upstreamHeader,
  },
});

it('no secret comes out, whatever goes wrong', async () => {
  const { faults } = stack.fleet.control;
  const broker = await start();
  expect(await allocate(broker, request())).toBe(201);

  // What a client does wrong.
  expect(await allocate(broker, request(), { 'x-functions-key': 'wrong' })).toBe(401);
  expect(
    await told(send(`${broker.url}/api/v1/allocations/x?code=${CANARIES.functionKey}&q=${CANARIES.query}`)),
  ).toBe('invalid-request');
  expect(await allocate(broker, `{"sessionCookie": "${COOKIE}", "gameMode": "${CANARIES.query}"`)).toBe(
    'invalid-request',
  );
  expect(
    await allocate(broker, request({ gameMode: CANARIES.query, unknown: COOKIE, latencies: COOKIE })),
  ).toBe('invalid-request');
  expect(await allocate(broker, request({ sessionCookie: COOKIE.repeat(4_000) }))).toBe('payload-too-large');
  expect(await allocate(broker, request(), { 'content-type': `text/${CANARIES.query}` })).toBe(
    'unsupported-media-type',
  );
  expect(
    await told(
      send(`${broker.url}/api/v1/allocations`, {
        method: 'POST',
        chunked: true,
        body: JSON.stringify(request()),
        headers: { 'content-type': 'application/json', 'x-functions-key': CANARIES.functionKey },
      }),
    ),
  ).toBe('length-required');
  expect(
    await told(
      send(`${broker.url}/api/v1/allocations/${randomUUID()}`, {
        headers: { 'x-functions-key': CANARIES.functionKey },
      }),
    ),
  ).toBe('unknown-session');
  const started = request();
  expect(await allocate(broker, started)).toBe(201);
  expect(await allocate(broker, { ...started, sessionCookie: `${COOKIE}-other` })).toBe('session-mismatch');
  expect(await end(broker, started.sessionId, { 'x-functions-key': CANARIES.functionKey })).toBe(204);
  expect(await allocate(broker, started)).toBe('session-ended');

  // What the fleet does.
  for (const status of [400, 401, 403, 404]) {
    await faults.set(upstream(status));
    expect(await allocate(broker, request())).toBe('upstream-rejected');
  }
  for (const status of fleet.repeated) {
    await faults.set(upstream(status));
    expect(await allocate(broker, request(), BRIEFLY)).toBe('upstream-failed');
  }
  await faults.set(upstream(fleet.noCapacity.status, fleet.noCapacity.body));
  expect(await allocate(broker, request())).toBe('no-capacity');
  await faults.set(upstream(409));
  expect(await allocate(broker, request(), BRIEFLY)).toBe(202);
  const text = `{"hostName": "<${CANARIES.upstreamBody}>", "token": "${stack.fleetToken}"`;
  for (const action of [
    { type: 'body', text },
    { type: 'body', text: `${text}}` },
    fleet.tells({ region: `\n${CANARIES.upstreamBody}`, more: { secret: CANARIES.upstreamBody } }),
  ] as const) {
    await faults.set({ action });
    expect(await allocate(broker, request(), BRIEFLY)).toBe('upstream-failed');
  }
  for (const type of ['reset', 'hang', 'half-body'] as const) {
    await faults.set({ action: { type } });
    expect(await allocate(broker, request(), BRIEFLY)).toBe(202);
  }
  await faults.set({ action: fleet.tells({ more: { secret: CANARIES.upstreamBody } }) });
  expect(await allocate(broker, request())).toBe(201);
  await faults.clear();

  // What the settings do.
  const wrongToken = await start({ [fleet.settings.credential]: CANARIES.wrongToken });
  expect(await allocate(wrongToken, request())).toBe('upstream-rejected');
  const strict = await start({ BROKER_PLACEMENT: '{"strict": true, "maxLatencyMs": 1}' });
  expect(await allocate(strict, request())).toBe('no-eligible-location');
  const counted = await start({ BROKER_QUOTA: '{"limit": 1, "windowSeconds": 3600}' });
  expect(await allocate(counted, request())).toBe(201);
  expect(await allocate(counted, request())).toBe('quota-exceeded');
  for (const settings of [
    { [fleet.settings.credential]: `${CANARIES.setting} with spaces` },
    {
      [fleet.settings.credential]:
        `@Microsoft.KeyVault(SecretUri=https://${CANARIES.setting}.vault.azure.net/)`,
    },
    { BROKER_GAME_MODES: `{"${CANARIES.setting}": ` },
    { BrokerStorage: `AccountKey=${CANARIES.setting};` },
    { [fleet.settings.endpoint]: `https://user:${CANARIES.setting}@example.com` },
    { BROKER_QUOTA: `{"limit": "${CANARIES.setting}", "windowSeconds": "${CANARIES.setting}"}` },
  ]) {
    const malformed = await start(settings);
    expect(await allocate(malformed, request())).toBe('misconfigured');
    const ready = send(`${malformed.url}/api/ready`, {
      headers: { 'x-functions-key': CANARIES.functionKey },
    });
    expect(await told(ready)).toBe(503);
    await malformed.stop();
  }

  // What tokens do.
  const auth = {
    mode: 'jwt',
    issuer: issuer.url,
    audience: AUDIENCE,
    jwksUri: issuer.jwksUri,
    sessionClaim: 'session',
    endClaim: { name: 'secret', value: CANARIES.tokenClaim },
  };
  const jwt = await start({ BROKER_AUTH: JSON.stringify(auth) });
  issuer.answers.set('/keys', (_request, response) => response.writeHead(500).end(CANARIES.upstreamBody));
  expect(await allocate(jwt, request(), await bearer({}))).toBe('auth-unavailable');
  issuer.answers.clear();
  const other = await start({ BROKER_AUTH: JSON.stringify(auth) });
  for (const claims of [{ exp: 1 }, { aud: CANARIES.tokenClaim }, { iss: CANARIES.tokenClaim }]) {
    expect(await allocate(other, request(), await bearer(claims))).toBe('unauthenticated');
  }
  const secret = Buffer.from(CANARIES.tokenClaim.repeat(3));
  expect(await allocate(other, request(), await bearer({}, secret))).toBe('unauthenticated');
  expect(await allocate(other, request(), await bearer({ session: CANARIES.tokenClaim }))).toBe('forbidden');
  const mine = request();
  const token = await bearer({ session: mine.sessionId, sub: CANARIES.tokenClaim });
  expect(await allocate(other, mine, token)).toBe(201);
  expect(await end(other, mine.sessionId, token)).toBe(204);

  // What the tables do; they are read before.
  const tables = tablesOf(stack.azurite.connectionString);
  const [sessions, history, quotas] = [
    await tables.all('brokersessions'),
    await tables.all('brokerhistory'),
    await tables.all('brokerquotas'),
  ];
  await stack.azurite.stop();
  expect(await allocate(broker, request())).toBe('storage-unavailable');
  expect(
    await told(send(`${broker.url}/api/ready`, { headers: { 'x-functions-key': CANARIES.functionKey } })),
  ).toBe(503);
  await Promise.all(brokers.map((each) => each.stop()));

  expectEveryCode();
  const texts = {
    answers: replies.map((reply) => JSON.stringify(reply)).join('\n'),
    logs: brokers.map(({ log }) => JSON.stringify(log)).join('\n'),
    otherProcesses: output.join(''),
    sessions: JSON.stringify(sessions.map(withoutItsOwn)),
    history: JSON.stringify(history),
    quotas: JSON.stringify(quotas),
  };
  expect(texts.logs).toContain('fleet.call');
  expect(texts.otherProcesses).not.toBe('');
  expect([...tap.credentials]).toEqual(expect.arrayContaining([stack.fleetToken, CANARIES.wrongToken]));
  expect(tap.credentials.size).toBeGreaterThanOrEqual(fleet.credentialsShown);
  expect(found(texts)).toEqual([]);
});

/** Every problem but `internal`, which takes a defect (test/unit/functions/respond.test.ts). */
function expectEveryCode(): void {
  const codes = replies.flatMap((reply) => /"code":"([a-z-]+)"/.exec(reply.text)?.[1] ?? []);
  expect([...new Set(codes), 'internal'].sort()).toEqual(Object.keys(PROBLEMS).sort());
}

/** A row without what it is there to keep: the cookie until the session settles, and what the fleet is asked for. */
function withoutItsOwn({ fleetTarget: _target, ...row }: Row): Partial<Row> {
  const { cookie, ...rest } = row;
  if (rest['state'] === 'allocated' || rest['state'] === 'ended') return row;
  if (cookie !== undefined) expect(cookie).toBe(COOKIE);
  return rest;
}

/** Which secret came out where. Tokens are looked for by each of their parts. */
function found(texts: Readonly<Record<string, string>>): string[] {
  const parts = tokens.flatMap((token) => token.split('.').slice(1));
  const secrets = [
    ...[COOKIE, ...Object.values(CANARIES), stack.fleetToken, STORAGE_KEY],
    ...[...parts, ...tap.credentials, ...fleet.innards],
  ];
  return Object.entries(texts).flatMap(([place, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${place}`),
  );
}
