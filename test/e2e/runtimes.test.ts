/** Azure runs the bundle on Node 22 or 24: the same file, on both. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Stack } from '../../local/stack.ts';
import { startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, find } from '../support/e2e/httpClient.ts';

const NODES = join(__dirname, '../..');

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
});

afterAll(() => stack.stop());

it.each([
  ['22', 'test/node22/node_modules/node/bin/node'],
  ['24', 'node_modules/node/bin/node'],
])('allocates on Node %s', async (major, path) => {
  const nodePath = join(NODES, path);
  const version = execFileSync(nodePath, ['--version'], { encoding: 'utf8' });
  expect(version).toMatch(new RegExp(`^v${major}\\.`));

  const broker = await startBroker(stack, { nodePath });
  const sessionId = randomUUID();
  const first = await allocate(broker, { sessionId, gameMode: 'duel' });
  const again = await find(broker, sessionId);
  expect([first.status, again.status, again.text]).toEqual([201, 200, first.text]);
  // A warning of the runtime's (deprecated, experimental) would stand in every log of the deployed app.
  expect(broker.log.filter(({ level }) => level === 'stderr')).toEqual([]);
});
