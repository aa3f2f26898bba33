/** What is loaded when it is first needed, and cannot be: only the calls fail that come before it is there again. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack } from '../../local/stack.ts';
import { startBroker } from '../support/e2e/broker.ts';
import { allocate, json, send } from '../support/e2e/httpClient.ts';

const ROOT = join(__dirname, '../..');

let app: string;
let stack: Stack;
let identity: Server;

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'on-demand-'));
  for (const name of ['host.json', 'package.json']) cpSync(join(ROOT, name), join(app, name));
  stack = await startStack({ app, fleet: { activationMs: 0 } });
  identity = createServer((_request, response) => {
    const expires = Math.floor(Date.now() / 1000) + 3_600;
    response.end(
      JSON.stringify({
        access_token: stack.fleetToken,
        expires_on: String(expires),
        resource: 'https://fleet.example',
        token_type: 'Bearer',
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(identity, 'listening');
});

afterAll(async () => {
  await stack.stop();
  identity.closeAllConnections();
  identity.close();
  rmSync(app, { recursive: true });
});

beforeEach(() => restore());

const restore = (): void => cpSync(join(ROOT, 'dist'), join(app, 'dist'), { recursive: true });

const FAULTS: readonly (readonly [string, (file: string) => void])[] = [
  ['absent', (file) => rmSync(file)],
  ['cut off', (file) => writeFileSync(file, '"use strict"; exports.ManagedIdentityCredential = class {')],
  ['empty', (file) => writeFileSync(file, '')],
];

it.each(FAULTS)('the identity package, %s at first, gives tokens once it is there', async (_how, damage) => {
  damage(join(app, 'dist/identity.cjs'));
  const { port } = identity.address() as AddressInfo;
  const broker = await startBroker(stack, {
    settings: {
      SESSIONHOSTS_TOKEN: undefined,
      SESSIONHOSTS_TOKEN_SCOPE: 'https://fleet.example/.default',
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
      IDENTITY_HEADER: 'header',
    },
  });
  const ready = await send(`${broker.url}/api/ready`);
  expect([ready.status, json(ready)]).toMatchObject([503, { checks: { 2: { name: 'token', ok: false } } }]);
  restore();
  expect((await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' })).status).toBe(201);
});

it("the operators' page, absent at first, is served once it is there", async () => {
  rmSync(join(app, 'dist/ops.html'));
  const broker = await startBroker(stack);
  const failed = await send(`${broker.url}/api/ops`);
  expect([failed.status, json(failed)['code']]).toEqual([500, 'internal']);
  restore();
  expect((await send(`${broker.url}/api/ops`)).status).toBe(200);
});
