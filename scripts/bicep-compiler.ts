import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bicep-sources.ts';

const PROJECT = join(root, 'scripts/bicep.csproj');
const CACHE = join(root, '.local/bicep');

/** The exit status of a run of the compiler, and its output on both streams. */
export interface CompilerRun {
  readonly status: number;
  readonly output: string;
}

/** Whether the .NET SDK, which fetches the compiler, is on the PATH. */
export function hasDotnet(): boolean {
  return spawnSync('dotnet', ['--version']).status === 0;
}

function cached(version: string): string | undefined {
  return globSync(`packages/azure.bicep.commandline.*/${version}/tools/bicep{,.exe}`, { cwd: CACHE }).map(
    (file) => join(CACHE, file),
  )[0];
}

/**
 * The pinned compiler, fetched into `.local/bicep` the first time.
 * @throws Error with the output of `dotnet restore` when the package cannot be restored
 */
export function bicepCompiler(): string {
  const version = /Version="\[([^\]]+)\]"/.exec(readFileSync(PROJECT, 'utf8'))?.[1] ?? '';
  const present = cached(version);
  if (present !== undefined) return present;
  process.stdout.write(`infra: fetching the Bicep compiler ${version} (about 35 MB, once)\n`);
  const restore = spawnSync(
    'dotnet',
    [
      'restore',
      PROJECT,
      '--packages',
      join(CACHE, 'packages'),
      `-p:BaseIntermediateOutputPath=${CACHE}/obj/`,
    ],
    { encoding: 'utf8' },
  );
  const compiler = cached(version);
  if (restore.status !== 0 || compiler === undefined) {
    throw new Error(
      `The Bicep compiler ${version} could not be fetched:\n${restore.stdout}${restore.stderr}`,
    );
  }
  chmodSync(compiler, 0o755);
  return compiler;
}

/** Runs the compiler in `cwd`; `env` holds the settings that a parameter file may read. */
export function runBicep(
  compiler: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): CompilerRun {
  const run = spawnSync(compiler, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  return { status: run.status ?? 1, output: `${run.stdout}${run.stderr}` };
}
