/** As it deploys: no key and no static token, a managed identity for the tables and for the fleet. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { makeCertificate } from '../../local/fleet/certificate.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { startBroker } from '../support/e2e/broker.ts';
import { allocate, json, send } from '../support/e2e/httpClient.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';

const folder = temporaryFolder();
let stack: Stack;
let identity: Server;
/** What the identity was asked for: `resource client_id`. */
let asked: string[];

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

beforeEach(async () => {
  asked = [];
  identity = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const resource = query.get('resource') ?? '';
    asked.push(`${resource} ${query.get('client_id') ?? ''}`);
    void tokenFor(resource).then((token) => {
      const expires = Math.floor(Date.now() / 1000) + 3_600;
      response.end(
        JSON.stringify({ access_token: token, expires_on: String(expires), resource, token_type: 'Bearer' }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(identity, 'listening');
});

afterEach(async () => {
  identity.closeAllConnections();
  identity.close();
  await once(identity, 'close');
});

function tokenFor(resource: string): Promise<string> {
  if (resource !== 'https://storage.azure.com') return Promise.resolve(stack.fleetToken);
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('https://storage.azure.com')
    .setIssuer('https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/')
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('the emulator does not look at the signature'));
}

it('reads and writes the tables and calls the fleet with tokens of the identity that the settings name', async () => {
  const { port } = identity.address() as AddressInfo;
  const broker = await startBroker(stack, {
    settings: {
      BrokerStorage: undefined,
      BrokerStorage__tableServiceUri: stack.azurite.tableUrl,
      BrokerStorage__clientId: CLIENT_ID,
      SESSIONHOSTS_TOKEN: undefined,
      SESSIONHOSTS_TOKEN_SCOPE: 'https://fleet.example/.default',
      SESSIONHOSTS_TOKEN_CLIENT_ID: CLIENT_ID,
      NODE_EXTRA_CA_CERTS: join(folder.path, 'cert.pem'),
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
      IDENTITY_HEADER: 'header',
    },
  });
  const sessionId = randomUUID();
  const first = await allocate(broker, { sessionId, gameMode: 'duel' });
  const again = await allocate(broker, { sessionId, gameMode: 'duel' });
  expect([first.status, again.status, again.text]).toEqual([201, 200, first.text]);
  expect(json(await send(`${broker.url}/api/ready`))).toMatchObject({ status: 'ready' });
  expect([...new Set(asked)].sort()).toEqual([
    `https://fleet.example ${CLIENT_ID}`,
    `https://storage.azure.com ${CLIENT_ID}`,
  ]);
  const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
  expect(calls.map(({ authorized, status }) => [authorized, status])).toEqual([[true, 200]]);
});
