/** What goes up: the zip holds what it must and nothing else, and runs from where it is unpacked. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, send } from '../support/e2e/httpClient.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = join(__dirname, '../..');

let zip: Record<string, Uint8Array>;
const folder = temporaryFolder();

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/package.ts')]);
  zip = unzipSync(new Uint8Array(readFileSync(join(ROOT, 'dist/allocation-broker.zip'))));
  for (const [name, bytes] of Object.entries(zip)) writeFileSync(join(folder.path, name), bytes);
});

afterAll(() => folder.remove());

it('holds the bundle with what it loads on demand, the page, host.json and a package.json, and nothing else', () => {
  expect(Object.keys(zip).sort()).toEqual([
    'host.json',
    'identity.cjs',
    'main.cjs',
    'ops.html',
    'package.json',
    'rare.cjs',
  ]);
});

it('has a package.json that installs and runs nothing', () => {
  const manifest = JSON.parse(strFromU8(zip['package.json'] ?? new Uint8Array())) as object;
  expect(Object.keys(manifest)).toEqual(['name', 'version', 'license', 'private', 'main', 'engines']);
  expect(manifest).toMatchObject({ main: 'main.cjs', engines: { node: '>=22' } });
});

it('runs from where it is unpacked: an allocation and the page', async () => {
  const stack = await startStack({ app: folder.path, fleet: { activationMs: 0 } });
  try {
    const broker = await startBroker(stack);
    expect((await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' })).status).toBe(201);
    expect((await send(`${broker.url}/api/ops`)).status).toBe(200);
  } finally {
    await stack.stop();
  }
});
