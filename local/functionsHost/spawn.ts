import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcess } from '../endProcess.ts';

export interface SpawnOptions {
  /** The app's folder: host.json, package.json and the built entry. */
  readonly app: string;
  /** Default 0: a free port. */
  readonly port?: number;
  /** The host's whole environment, beside PATH; default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Path of a key file. */
  readonly keys?: string;
  /** Path of a local.settings.json. */
  readonly settings?: string;
  /** Origins whose pages may call, separated by commas. */
  readonly cors?: string;
  /** JSON log lines. */
  readonly jsonLogs?: boolean;
  /** Gets each line of the host's output, stderr included. */
  readonly onLine?: (line: string) => void;
  /** Where a debugger may attach. */
  readonly inspectPort?: number;
  /** Another Node binary (22.18 or later, which strips types); default: the one that runs this. */
  readonly nodePath?: string;
}

export interface SpawnedHost {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /**
   * Stops it as Ctrl-C does, and waits until the process is gone.
   *
   * @throws Error where it had ended by itself before, or failed while stopping: a rejected promise that nobody listens
   *   to ends the process, and is to fail whoever started it
   */
  stop(): Promise<void>;
}

/** Starts a functions host in a process of its own; resolves when it listens, rejects with its errors if it ends. */
export async function spawnFunctionsHost(options: SpawnOptions): Promise<SpawnedHost> {
  const { nodePath = process.execPath, onLine = () => undefined, inspectPort } = options;
  const child = fork(join(import.meta.dirname, 'main.ts'), hostArguments(options), {
    execPath: nodePath,
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      ...(inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`]),
    ],
    env: { PATH: process.env['PATH'], ...(options.env ?? process.env) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const errors: string[] = [];
  eachLine(child.stdout, onLine);
  eachLine(child.stderr, (line) => {
    errors.push(line);
    onLine(line);
  });
  const port = await Promise.race([
    readyPort(child),
    once(child, 'close').then(() => {
      throw new Error(`the functions host did not start: ${errors.join('\n')}`);
    }),
  ]);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    child,
    async stop() {
      // Windows knows no SIGTERM: it would end the process at once.
      await endProcess(child, isWindows ? () => child.send('stop', () => undefined) : undefined);
      const code = await exited;
      // Without a code it was killed, by whoever meant to.
      if (code) throw new Error(`the functions host ended with ${code}: ${errors.join('\n')}`);
    },
  };
}

const isWindows = process.platform === 'win32';

function hostArguments({ app, port = 0, keys, settings, cors, jsonLogs }: SpawnOptions): string[] {
  return [
    ...['--app', app, '--port', String(port)],
    ...(keys === undefined ? [] : ['--keys', keys]),
    ...(settings === undefined ? [] : ['--settings', settings]),
    ...(cors === undefined ? [] : ['--cors', cors]),
    ...(jsonLogs === true ? ['--json-logs'] : []),
  ];
}

async function readyPort(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, 'message')) as [{ type: 'ready'; port: number }];
  return message.port;
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', onLine);
}
