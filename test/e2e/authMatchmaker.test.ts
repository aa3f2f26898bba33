/** The documented way to a studio's own key: the example's key pair, a static file, a token for one session. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, json } from '../support/e2e/httpClient.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const run = promisify(execFile);
const example = (...args: string[]) =>
  run(process.execPath, [join(__dirname, '../../docs/examples/matchmaker.mjs'), ...args]);

it('makes a key pair and tokens that a broker takes for their session alone', async () => {
  using folder = temporaryFolder();
  await example('keys', folder.path);
  expect(statSync(join(folder.path, 'private.json')).mode & 0o077).toBe(0);
  const jwks = readFileSync(join(folder.path, 'jwks.json'), 'utf8');
  // The private part of an elliptic key (RFC 7518, section 6.2.2.1).
  expect(jwks).not.toContain('"d":');

  const server = createServer((_request, response) => response.end(jwks)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const auth = {
    mode: 'jwt',
    issuer: 'https://matchmaker.example.com',
    audience: 'allocation-broker',
    jwksUri: `http://127.0.0.1:${port}/jwks.json`,
    algorithms: ['ES256'],
    sessionClaim: 'session',
    gameModeClaim: 'mode',
  };
  const stack = await startStack({
    fleet: { activationMs: 0 },
    settings: { BROKER_AUTH: JSON.stringify(auth) },
  });
  try {
    const broker = await startBroker(stack);
    const body = { sessionId: randomUUID(), gameMode: 'duel' };
    const { stdout } = await example('token', folder.path, auth.issuer, body.sessionId, 'duel', 'player-1');
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    expect((await allocate(broker, body, headers)).status).toBe(201);
    const other = await allocate(broker, { ...body, sessionId: randomUUID() }, headers);
    expect(json(other)['code']).toBe('forbidden');
  } finally {
    await stack.stop();
    server.close();
  }
});

it('says how it is used', async () => {
  const ended = await example('tokens').catch((error: unknown) => error as { code: number; stderr: string });
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.stderr).toMatch(/^Usage: /);
});
