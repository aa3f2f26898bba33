/** What ends a deployment: `scripts/smoke.sh`, against brokers that are well and brokers that are not. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';

const SCRIPT = join(__dirname, '../../scripts/smoke.sh');

let stack: Stack;
let broker: TestBroker;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 50 } });
  broker = await startBroker(stack);
});

afterAll(() => stack.stop());

async function smoke(
  address: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const keys = { READY_KEY: 'key-of-ready', ALLOCATIONS_KEY: 'key-of-allocations' };
  const options = {
    env: { PATH: process.env['PATH'] ?? '', ADDRESS: address, GAME_MODE: 'duel', ...keys, ...env },
  };
  return promisify(execFile)('bash', [SCRIPT], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
}

const started = async (): Promise<number> => (await stack.fleet.control.report()).hosts.length;

it('passes where a session gets a server, and the same bytes again', async () => {
  const before = await started();
  expect(await smoke(broker.url)).toEqual({
    code: 0,
    stdout: 'ready\na server for duel, and the same bytes again\n',
    stderr: '',
  });
  expect(await started()).toBe(before + 1);
});

it('asks for no server where none is wanted', async () => {
  const before = await started();
  expect(await smoke(broker.url, { GAME_MODE: 'none' })).toMatchObject({ code: 0, stdout: 'ready\n' });
  expect(await started()).toBe(before);
});

it('fails with the answer where no session can get a server', async () => {
  const { code, stderr } = await smoke(broker.url, { GAME_MODE: 'no-such-mode' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^an allocation of no-such-mode: 400 \{.*"invalid-request"/);
});

it('fails with what is wrong where the broker is not ready, and shows no key', async () => {
  const wrong = await startBroker(stack, { settings: { BROKER_SWEEP_SCHEDULE: '0 0 3 * * 7' } });
  const { code, stderr } = await smoke(wrong.url, { READY_SECONDS: '0' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^not ready: 503 \{.*BROKER_SWEEP_SCHEDULE: day of the week/);
  expect(stderr).not.toContain('key-of-');
});
