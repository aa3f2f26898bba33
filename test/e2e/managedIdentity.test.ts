/** As it deploys: no key and no static token, a managed identity for the tables and for the fleet. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { makeCertificate } from '../../local/fleet/certificate.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const STORAGE = 'https://storage.azure.com';
const CLIENT_ID = '11111111-2222-4333-8444-555555555555';

/** In every refusal of the identity: no client and no log may ever show it. */
const IDENTITY_WORDS = 'words-of-the-identity';

/** The endpoint that Functions give an app for its identity, in the part that is used here. */
interface IdentityEndpoint {
  readonly url: string;
  /** What it was asked for: `resource client_id`. */
  readonly asked: string[];
  /** When it last granted a token for storage, by the monotonic clock. */
  grantedMs: number;
  /** Answers requests for storage's tokens in place of a token. */
  outage?: Outage | undefined;
}

type Outage = (response: ServerResponse) => void;

const folder = temporaryFolder();
let stack: Stack;
const servers: Server[] = [];

beforeAll(async () => {
  const { cert, key } = await makeCertificate();
  writeFileSync(join(folder.path, 'cert.pem'), cert);
  writeFileSync(join(folder.path, 'key.pem'), key);
  // With https and OAuth the emulator takes Entra tokens, and checks their audience, issuer and times.
  const tls = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') };
  stack = await startStack({ azurite: { tls }, fleet: { activationMs: 0 } });
});

afterAll(async () => {
  await stack.stop();
  folder.remove();
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** @param storageLife of its tokens for storage, in seconds */
async function startIdentity(storageLife = 3_600, outage?: Outage): Promise<IdentityEndpoint> {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const resource = query.get('resource') ?? '';
    endpoint.asked.push(`${resource} ${query.get('client_id') ?? ''}`);
    if (endpoint.outage !== undefined && resource === STORAGE) {
      endpoint.outage(response);
      return;
    }
    const life = resource === STORAGE ? storageLife : 3_600;
    if (resource === STORAGE) endpoint.grantedMs = performance.now();
    void tokenFor(resource, life).then((token) => {
      const expires = Math.floor(Date.now() / 1000) + life;
      response.end(
        JSON.stringify({ access_token: token, expires_on: String(expires), resource, token_type: 'Bearer' }),
      );
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`;
  const endpoint: IdentityEndpoint = { url, asked: [], grantedMs: 0, outage };
  return endpoint;
}

function tokenFor(resource: string, life: number): Promise<string> {
  if (resource !== STORAGE) return Promise.resolve(stack.fleetToken);
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(STORAGE)
    .setIssuer('https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/')
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(`${life}s`)
    .sign(new TextEncoder().encode('the emulator does not look at the signature'));
}

function startIdentityBroker({ url }: IdentityEndpoint): Promise<TestBroker> {
  return startBroker(stack, {
    settings: {
      BrokerStorage: undefined,
      BrokerStorage__tableServiceUri: stack.azurite.tableUrl,
      BrokerStorage__clientId: CLIENT_ID,
      SESSIONHOSTS_TOKEN: undefined,
      SESSIONHOSTS_TOKEN_SCOPE: 'https://fleet.example/.default',
      SESSIONHOSTS_TOKEN_CLIENT_ID: CLIENT_ID,
      NODE_EXTRA_CA_CERTS: join(folder.path, 'cert.pem'),
      IDENTITY_ENDPOINT: url,
      IDENTITY_HEADER: 'header',
    },
  });
}

it('reads and writes the tables and calls the fleet with tokens of the identity that the settings name', async () => {
  const identity = await startIdentity();
  const broker = await startIdentityBroker(identity);
  const sessionId = randomUUID();
  const first = await allocate(broker, { sessionId, gameMode: 'duel' });
  const again = await allocate(broker, { sessionId, gameMode: 'duel' });
  expect([first.status, again.status, again.text]).toEqual([201, 200, first.text]);
  expect(json(await send(`${broker.url}/api/ready`))).toMatchObject({ status: 'ready' });
  expect([...new Set(identity.asked)].sort()).toEqual([
    `https://fleet.example ${CLIENT_ID}`,
    `https://storage.azure.com ${CLIENT_ID}`,
  ]);
  const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
  expect(calls.map(({ authorized, status }) => [authorized, status])).toEqual([[true, 200]]);
});

const OUTAGES = {
  'answers 500': (response) => response.writeHead(500).end(IDENTITY_WORDS),
  'refuses with an error of Entra': (response) =>
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end(`{"error":"invalid_client","error_description":"AADSTS700016: ${IDENTITY_WORDS}"}`),
  resets: (response) => response.socket?.resetAndDestroy(),
  hangs: () => undefined,
  'asks for an hour': (response) => response.writeHead(429, { 'retry-after': '3600' }).end(IDENTITY_WORDS),
  'is gone': (response) => response.writeHead(410).end(IDENTITY_WORDS),
  'grants nonsense': (response) => response.end(IDENTITY_WORDS),
} satisfies Readonly<Record<string, Outage>>;

describe('an identity that is out of order', () => {
  it('over the expiry of the table token: the old one is used while it is good, and no process ends', async () => {
    const names = ['answers 500', 'resets', 'hangs', 'asks for an hour'] as const;
    await Promise.all(names.map((name) => outlivesExpiry(name, OUTAGES[name])));
  });

  it('from the start: the wait for its token is within the operation, and the log names it', async () => {
    for (const [name, outage] of Object.entries(OUTAGES)) {
      const broker = await startIdentityBroker(await startIdentity(undefined, outage));
      const begunMs = performance.now();
      const body = { sessionId: randomUUID(), gameMode: 'duel' };
      const reply = await allocate(broker, body, { prefer: 'wait=5' });
      const tookMs = performance.now() - begunMs;
      const [fault] = await broker.told(1, 'ledger.fault', body.sessionId);
      const number = name.includes('Entra') ? ' (AADSTS700016)' : '';
      expect([name, reply.status, json(reply)['code'], fault?.['reason']]).toEqual([
        name,
        503,
        'storage-unavailable',
        `read on table brokersessions: no token from the managed identity${number}`,
      ]);
      // A claim and its reading back: two point operations of 2.5 s at the most.
      expect([name, tookMs < 5_900]).toEqual([name, true]);
      expect((await send(`${broker.url}/api/ready`)).text).toContain('Check BrokerStorage__clientId');
      expect(JSON.stringify(broker.log)).not.toContain(IDENTITY_WORDS);
      await broker.stop();
    }
  });
});

async function outlivesExpiry(name: string, outage: Outage): Promise<void> {
  const identity = await startIdentity(12);
  const broker = await startIdentityBroker(identity);
  // While several processes load the SDK at once, the first token may come after the first operation's time.
  await until(`a host, before the identity ${name}`, async () => {
    const { status } = await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' });
    return status === 201 || undefined;
  });
  identity.outage = outage;
  const expiryMs = identity.grantedMs + 11_000;
  // Sessions that nobody has heard of are looked for in the table each time.
  while (performance.now() < expiryMs - 2_500) {
    expect([name, (await find(broker, randomUUID())).status]).toEqual([name, 404]);
    await delay(200);
  }
  // A renewal is under way, and nobody waits for it until it has failed for good.
  while (performance.now() < expiryMs + 10_000) {
    expect([name, (await send(`${broker.url}/api/health`)).status]).toEqual([name, 200]);
    await delay(200);
  }
  identity.outage = undefined;
  expect([name, (await find(broker, randomUUID())).status]).toEqual([name, 404]);
  expect([name, broker.log.filter(({ level }) => level === 'stderr')]).toEqual([name, []]);
  expect(JSON.stringify(broker.log)).not.toContain(IDENTITY_WORDS);
}
