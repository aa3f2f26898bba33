/**
 * Everything that shows that the C# client works: its own tests, its package, and the package in use against a broker
 * on this machine, by a new console program and by many players at once.
 *
 *   npm run clients:csharp                    a machine without the .NET SDK is told so, and passes
 *   npm run clients:csharp -- --require-sdk   the same, and a machine without the SDK fails
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack } from '../../local/stack.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLIENT = join(ROOT, 'clients/csharp');
const PLAYERS = 200;

/** No process of the SDK outlives its command, and none speaks another language than this project. */
const ENVIRONMENT = {
  ...process.env,
  MSBUILDDISABLENODEREUSE: '1',
  UseSharedCompilation: 'false',
  DOTNET_CLI_USE_MSBUILD_SERVER: '0',
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  DOTNET_CLI_UI_LANGUAGE: 'en',
  DOTNET_NOLOGO: '1',
};

/** Runs `dotnet` and shows what it prints. @throws Error when it fails */
async function dotnet(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  console.log(`\n$ dotnet ${args.join(' ')}`);
  const child = spawn('dotnet', args, { stdio: ['ignore', 1, 2], env: { ...ENVIRONMENT, ...env } });
  const status = await new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
  if (status !== 0) throw new Error(`dotnet ${args[0] ?? ''} failed`);
}

/** The README's first program, as a new user makes it. */
async function firstHost(url: string, packages: string, folder: string): Promise<void> {
  const [, program = ''] =
    /^```csharp\n(.*?)^```$/ms.exec(readFileSync(join(CLIENT, 'README.md'), 'utf8')) ?? [];
  const game = join(folder, 'my-game');
  // The package cache of this machine may hold an earlier build of the same version.
  const env = { NUGET_PACKAGES: join(folder, 'cache') };
  await dotnet(['new', 'console', '--output', game, '--no-restore'], env);
  await dotnet(['add', game, 'package', 'AllocationBroker.Client', '--source', packages], env);
  const here = program.replace('http://127.0.0.1:7071', url);
  if (here === program) throw new Error('The README names no broker to replace.');
  writeFileSync(join(game, 'Program.cs'), here);
  console.log(`\n${program}`);
  await dotnet(['run', '--project', game], env);
}

async function inUse(packages: string, folder: string): Promise<void> {
  const stack = await startStack({ fleet: { activationMs: 50, qosUdpPort: 0 } });
  try {
    const { url } = await stack.startBroker();
    await firstHost(url, packages, folder);
    const driver = join(CLIENT, 'conformance');
    await dotnet(['run', '--project', driver, '--', '--url', url, '--players', String(PLAYERS)]);
  } finally {
    await stack.stop();
  }
}

async function main(options: ReadonlySet<string>): Promise<void> {
  if (spawnSync('dotnet', ['--version']).status !== 0) {
    const line = 'clients:csharp: NOTHING was tested: the .NET SDK (dotnet) is not on the PATH';
    if (options.has('--require-sdk')) throw new Error(line);
    console.log(line);
    return;
  }
  using folder = temporaryFolder();
  const packages = join(folder.path, 'packages');
  await dotnet(['test', join(CLIENT, 'test'), '--verbosity', 'quiet']);
  await dotnet(['pack', CLIENT, '--output', packages, '--verbosity', 'quiet']);
  await inUse(packages, folder.path);
  console.log('\nclients:csharp: the tests passed, and the package gets hosts');
}

await main(new Set(process.argv.slice(2)));
