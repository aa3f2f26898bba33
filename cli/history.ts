#!/usr/bin/env node
/** The allocation history on a terminal: `npm run history`, or `allocation-history`. */
import { CommanderError } from 'commander';
import { refuseFlagsOfNpm } from '../local/npmFlags.ts';
import { TokenUnavailableError } from '../lib/identity/tokenSource.ts';
import { StorageFault } from '../lib/ledger/storageFault.ts';
import { type Options, EXIT, historyCommand } from './history/options.ts';
import { run } from './history/run.ts';
import { findSource, UnreadableSourceError } from './history/source.ts';
import { coloursFor } from './history/text.ts';

// `| head` closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

const NO_SOURCE =
  'error: no tables to read. Start the local stack (npm start), or give --connection or --endpoint, or set BrokerStorage.';

void main();

async function main(): Promise<void> {
  const nowMs = Date.now();
  const command = historyCommand(nowMs, async (options) => {
    const source = findSource(options, process.env, process.cwd());
    if (source === undefined) return command.error(NO_SOURCE);
    if (process.stderr.isTTY) process.stderr.write(`Reading ${source.name}\n`);
    process.exitCode = await run({
      options,
      tables: source.tables,
      nowMs,
      printing: printingFor(options),
      stderr: process.stderr,
      signal: onInterrupt(options),
    });
  });
  try {
    await refuseFlagsOfNpm(command).parseAsync();
  } catch (error) {
    process.exitCode = exitCodeFor(error);
  }
}

function printingFor({ format }: Options): Parameters<typeof run>[0]['printing'] {
  const { stdout } = process;
  // A pipe has no width: nothing is left out for it.
  const width = stdout.isTTY ? stdout.columns : undefined;
  return { format, width, colours: coloursFor(stdout), write: (text) => stdout.write(text) };
}

/** Following ends with Ctrl-C as planned; anything else ends with it at once. */
function onInterrupt({ follow }: Options): AbortSignal {
  const controller = new AbortController();
  if (follow === true) process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

function exitCodeFor(error: unknown): number {
  // Commander has said what is wrong; help and version come this way with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UnreadableSourceError) {
    process.stderr.write(`error: ${error.message}\n`);
    return EXIT.usage;
  }
  if (!(error instanceof StorageFault)) throw error;
  process.stderr.write(`error: the tables could not be read (${error.message}). ${hintFor(error)}\n`);
  return EXIT.fault;
}

function hintFor({ status, cause }: StorageFault): string {
  if (cause instanceof TokenUnavailableError) return 'Sign in first: az login.';
  if (status === 403) {
    return 'The account may not read them: it needs the role Storage Table Data Reader, or the key is wrong.';
  }
  return status === undefined ? 'Is the address right, and can this machine reach it?' : 'Try again.';
}
