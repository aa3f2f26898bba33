/** What goes up: the zip holds what it must and nothing else, and runs from where it is unpacked. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { localBrokerSettings } from '../../local/brokerSettings.ts';
import { spawnFunctionsHost } from '../../local/functionsHost/spawn.ts';
import { startStack as startSessionHosts } from '../../local/stack.ts';
import { startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { project } from '../support/e2e/npmStart.ts';
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

interface BundledPackage {
  readonly name: string;
  readonly title: string;
  readonly texts: readonly string[];
}

/** The packages that esbuild took files from, with the licences and notices that they ship. */
function packagesIn(metafile: string): readonly BundledPackage[] {
  const { inputs } = JSON.parse(readFileSync(join(ROOT, metafile), 'utf8')) as { inputs: object };
  const folders = Object.keys(inputs).map((input) => /.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  return [...new Set(folders)].filter((folder) => folder !== undefined).map(bundledPackage);
}

function bundledPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  ) as Record<'name' | 'version' | 'license', string>;
  const shipped = readdirSync(join(ROOT, folder)).filter((file) =>
    /^(licen[cs]e|copying|notice)/i.test(file),
  );
  const texts = shipped.map((file) => join(folder, file));
  const kept = [join('scripts/licences', `${name}.txt`)];
  return {
    name,
    title: `${name} ${version} (${license})`,
    texts: (texts.length > 0 ? texts : kept).map((file) =>
      readFileSync(join(ROOT, file), 'utf8').replaceAll('\r\n', '\n').trim(),
    ),
  };
}

it('holds the bundle with what it loads on demand, the page, the licences, host.json and a package.json, and nothing else', () => {
  expect(Object.keys(zip).sort()).toEqual([
    'LICENSE',
    'THIRD-PARTY-NOTICES.txt',
    'host.json',
    'identity.cjs',
    'main.cjs',
    'ops.html',
    'package.json',
    'rare.cjs',
  ]);
});

describe('--local', () => {
  const copy = project();
  const settings = join(copy.path, 'dist/package/local.settings.json');
  const sample = JSON.parse(readFileSync(join(ROOT, 'local.settings.sample.json'), 'utf8')) as {
    Values: Record<string, string>;
  };
  afterAll(() => copy.remove());

  const script = (name: string, ...flags: string[]): string =>
    execFileSync(process.execPath, [join(copy.path, 'scripts', name), ...flags], { encoding: 'utf8' });

  it('adds the settings for the local stack, which no later build changes or removes, and nothing sends up', () => {
    script('build.ts');
    expect(script('package.ts', '--local')).toContain('is for the stack on this machine');
    expect(JSON.parse(readFileSync(settings, 'utf8'))).toEqual(sample);
    writeFileSync(settings, 'mine');
    script('build.ts');
    expect(script('package.ts', '--local')).toContain('stays as it is');
    expect(script('package.ts')).not.toContain('local.settings.json');
    expect(readFileSync(settings, 'utf8')).toBe('mine');
    const sent = unzipSync(new Uint8Array(readFileSync(join(copy.path, 'dist/allocation-broker.zip'))));
    expect(Object.keys(sent)).not.toContain('local.settings.json');
  }, 120_000);

  it('is right for the local stack', async () => {
    const stack = await startSessionHosts({ fleetToken: 'simulated-fleet', fleet: { activationMs: 0 } });
    const ports = JSON.stringify(sample).replace('http://127.0.0.1:7072', stack.fleet.url);
    const { Values } = JSON.parse(ports) as typeof sample;
    expect([Values['AzureWebJobsStorage'], Values['BrokerStorage']]).toEqual([
      'UseDevelopmentStorage=true',
      'UseDevelopmentStorage=true',
    ]);
    const here = { Values: { ...Values, BrokerStorage: stack.azurite.connectionString } };
    writeFileSync(settings, JSON.stringify(here));
    const broker = await spawnFunctionsHost({ app: folder.path, env: {}, settings });
    const answer = await allocate(broker, { sessionId: randomUUID(), gameMode: 'battle' });
    await broker.stop();
    await stack.stop();
    expect(answer.status).toBe(201);
  });

  it('has every setting that the local stack has', () => {
    const connectionString = 'UseDevelopmentStorage=true';
    const parts = { connectionString, fleetUrl: 'http://127.0.0.1:7072', fleetToken: 'simulated-fleet' };
    expect(sample.Values).toEqual({
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsStorage: connectionString,
      ...localBrokerSettings(parts),
    });
  });
});

it('has a package.json that installs and runs nothing', () => {
  const manifest = JSON.parse(strFromU8(zip['package.json'] ?? new Uint8Array())) as object;
  expect(Object.keys(manifest)).toEqual(['name', 'version', 'license', 'private', 'main', 'engines']);
  expect(manifest).toMatchObject({ main: 'main.cjs', engines: { node: '>=22' } });
});

it.each([
  ['main.cjs', 'dist/main.meta.json', 'jose'],
  ['identity.cjs', 'dist/identity.meta.json', '@azure/identity'],
  ['rare.cjs', 'dist/rare.meta.json', 'fast-xml-parser'],
  ['ops.html', 'dist/ops.meta.json', 'uplot'],
  ['history.cjs', 'dist/history.meta.json', 'commander'],
  ['the compiled validators', 'lib/generated/validators.meta.json', 'ajv'],
])('holds the licence texts of every package in %s', (_, metafile, known) => {
  const notices = strFromU8(zip['THIRD-PARTY-NOTICES.txt'] ?? new Uint8Array());
  const packages = packagesIn(metafile);
  expect(packages.map(({ name }) => name)).toContain(known);
  for (const { title, texts } of packages) {
    expect(notices).toContain(`\n${title}\n\n`);
    expect(texts).not.toHaveLength(0);
    for (const text of texts) expect(notices).toContain(text);
  }
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
