/** Ending a session, on real processes: who may, what is answered, and that the id never gets a host again. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Issuer, type TokenOptions, AUDIENCE, startIssuer, tokenOf } from '../../local/issuer.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** What a fleet says of a host that it has; the published API of sessionhosts has no call for it. */
const FLEET_SAYS = fleet.name === 'playfab' ? 'told' : 'not-told';

const folder = temporaryFolder();
const keys = join(folder.path, 'keys.json');
const CLIENT = { 'x-functions-key': 'key-of-the-game-clients' };
const BACKEND = { 'x-functions-key': 'key-of-the-backends' };

let stack: Stack;
let issuer: Issuer;

beforeAll(async () => {
  const functions = {
    allocations: { clients: CLIENT['x-functions-key'] },
    endings: { backends: BACKEND['x-functions-key'] },
  };
  writeFileSync(keys, JSON.stringify({ master: 'master-key', functions }));
  issuer = await startIssuer();
  stack = await startStack({ fleet: { activationMs: 0 } });
});

afterAll(async () => {
  await stack.stop();
  await issuer.close();
  folder.remove();
});

type Headers = Readonly<Record<string, string>>;

const end = (broker: TestBroker, sessionId: string, headers: Headers = {}): Promise<Reply> =>
  send(`${broker.url}/api/v1/allocations/${sessionId}`, { method: 'DELETE', headers });

/** A session that has its host. */
async function allocated(broker: TestBroker, headers: Headers = {}): Promise<string> {
  const sessionId = randomUUID();
  expect((await allocate(broker, { sessionId, gameMode: 'duel' }, headers)).status).toBe(201);
  return sessionId;
}

const codeOf = (reply: Reply): unknown => [reply.status, json(reply)['code']];

const jwt = (more: object): Record<string, string> => ({
  BROKER_AUTH: JSON.stringify({ mode: 'jwt', issuer: issuer.url, audience: AUDIENCE, ...more }),
});

async function bearer(options?: TokenOptions): Promise<Headers> {
  return { authorization: `Bearer ${await tokenOf(issuer, options)}` };
}

describe('the end of a session', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await startBroker(stack);
  });

  it('is the same, as often as it is said', async () => {
    const sessionId = await allocated(broker);
    const replies = [await end(broker, sessionId), await end(broker, sessionId.toUpperCase())];
    expect(replies.map(({ status, text }) => [status, text])).toEqual([
      [204, ''],
      [204, ''],
    ]);
    expect(replies[0]?.headers['allocation-end']).toBe(FLEET_SAYS);
  });

  it('leaves the id without a host for good: 410, whoever asks, and no second host', async () => {
    const sessionId = await allocated(broker);
    await end(broker, sessionId);
    const other = await startBroker(stack);
    for (const instance of [broker, other]) {
      const asked = await allocate(instance, { sessionId, gameMode: 'duel' });
      expect(asked.status).toBe(410);
      expect(json(asked)).toMatchObject({
        code: 'session-ended',
        retryable: false,
        detail:
          'The session has been ended and never gets a host again. Make a new sessionId for a new match.',
      });
      expect(codeOf(await find(instance, sessionId))).toEqual([410, 'session-ended']);
    }
    await other.stop();
    const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(calls.filter(({ path }) => path.startsWith(fleet.call.path))).toHaveLength(1);
  });

  it('is written into the log, with who said so', async () => {
    const sessionId = await allocated(broker);
    await end(broker, sessionId);
    expect(await broker.told(1, 'session.ended', sessionId)).toMatchObject([
      { level: 'information', by: 'key', fleet: FLEET_SAYS },
    ]);
  });

  it('of a session that nobody has heard of is 404, and of what is no session 400', async () => {
    expect(codeOf(await end(broker, randomUUID()))).toEqual([404, 'unknown-session']);
    expect(codeOf(await end(broker, 'not-a-guid'))).toEqual([400, 'invalid-request']);
    const without = await send(`${broker.url}/api/v1/allocations`, { method: 'DELETE' });
    expect(codeOf(without)).toEqual([400, 'invalid-request']);
  });

  it('takes no other method from the allocations', async () => {
    const sessionId = await allocated(broker);
    expect((await find(broker, sessionId)).status).toBe(200);
    for (const method of ['HEAD', 'PUT', 'PATCH']) {
      const url = `${broker.url}/api/v1/allocations/${sessionId}`;
      const reply = await send(url, { method });
      expect([method, reply.status, reply.text]).toEqual([method, 404, '']);
    }
    expect((await find(broker, sessionId)).status).toBe(200);
  });
});

describe('may be said by', () => {
  it('whoever holds the key of endings, which opens nothing else, and never by players', async () => {
    const broker = await startBroker(stack, { keys });
    const sessionId = await allocated(broker, CLIENT);
    for (const headers of [{}, CLIENT]) {
      const refused = await end(broker, sessionId, headers);
      expect([refused.status, refused.text]).toEqual([401, '']);
    }
    const url = `${broker.url}/api/v1/allocations/${sessionId}`;
    expect((await send(url, { headers: BACKEND })).status).toBe(401);
    expect((await allocate(broker, { sessionId, gameMode: 'duel' }, BACKEND)).status).toBe(401);
    expect((await send(url, { headers: CLIENT })).status).toBe(200);
    expect((await end(broker, sessionId, BACKEND)).status).toBe(204);
    expect((await send(url, { headers: CLIENT })).status).toBe(410);
    await broker.stop();
  });

  it('nobody without that key, though everybody may ask for a host', async () => {
    const settings = { BROKER_AUTH: '{"mode": "anonymous"}', BROKER_ALLOW_ANONYMOUS: 'true' };
    const broker = await startBroker(stack, { keys, settings });
    const sessionId = await allocated(broker);
    expect((await end(broker, sessionId)).status).toBe(401);
    expect((await find(broker, sessionId)).status).toBe(200);
    expect((await end(broker, sessionId, BACKEND)).status).toBe(204);
    await broker.stop();
  });

  it('nobody with a token alone, where no claim says who may', async () => {
    const broker = await startBroker(stack, { keys, settings: jwt({}) });
    const token = await bearer({ claims: { roles: 'backend' } });
    const sessionId = await allocated(broker, token);
    expect((await end(broker, sessionId, token)).status).toBe(401);
    expect((await end(broker, sessionId, BACKEND)).status).toBe(204);
    await broker.stop();
  });

  it('nobody where BROKER_AUTH is malformed, not even with the key', async () => {
    const broker = await startBroker(stack, { keys, settings: { BROKER_AUTH: '{"mode": "jwt"' } });
    expect((await end(broker, randomUUID())).status).toBe(401);
    expect(codeOf(await end(broker, randomUUID(), BACKEND))).toEqual([503, 'misconfigured']);
    await broker.stop();
  });
});

describe('may be said by a token', () => {
  const endClaim = { name: 'roles', value: 'backend' };

  it('with the claim, and by no other, nor by a key', async () => {
    const broker = await startBroker(stack, { keys, settings: jwt({ endClaim }) });
    const sessionId = await allocated(broker, await bearer());
    for (const headers of [{}, BACKEND, await bearer({ claims: { roles: 'backend', exp: 1 } })]) {
      expect(codeOf(await end(broker, sessionId, headers))).toEqual([401, 'unauthenticated']);
    }
    for (const roles of [undefined, 'player', ['backends'], { backend: true }]) {
      const reply = await end(broker, sessionId, await bearer({ claims: { roles } }));
      expect(codeOf(reply)).toEqual([403, 'forbidden']);
    }
    const url = `${broker.url}/api/v1/allocations/${sessionId}`;
    expect((await send(url, { headers: await bearer() })).status).toBe(200);
    const ender = await bearer({ claims: { sub: 'backend-1', roles: ['player', 'backend'] } });
    expect((await end(broker, sessionId, ender)).status).toBe(204);
    const [event] = await broker.told(1, 'session.ended', sessionId);
    expect(event?.['by']).toMatch(/^[\w-]{43}$/);
    await broker.stop();
  });

  it('for its own session alone, where tokens are tickets', async () => {
    const settings = jwt({ endClaim, sessionClaim: 'session', gameModeClaim: 'mode' });
    const broker = await startBroker(stack, { keys, settings });
    const sessionId = randomUUID();
    const ticket = (session: string) => bearer({ claims: { session, mode: 'duel', roles: 'backend' } });
    expect((await allocate(broker, { sessionId, gameMode: 'duel' }, await ticket(sessionId))).status).toBe(
      201,
    );
    expect(codeOf(await end(broker, sessionId, await ticket(randomUUID())))).toEqual([403, 'forbidden']);
    const none = await bearer({ claims: { roles: 'backend' } });
    expect(codeOf(await end(broker, sessionId, none))).toEqual([403, 'forbidden']);
    expect((await end(broker, sessionId, await ticket(sessionId))).status).toBe(204);
    await broker.stop();
  });
});
