/**
 * `npm start` in a copy of the project, in which nothing is built yet, as in a fresh clone: a build of its own must not
 * pull dist/ away from under other tests.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryFolder } from '../temporaryFolder.ts';
import { until } from './until.ts';

const ROOT = join(__dirname, '../../..');
const SOURCES = [
  ...['cli', 'clients', 'functions', 'lib', 'local', 'ops', 'scripts'],
  ...[
    'host.json',
    'package.json',
    'package-lock.json',
    'local.settings.sample.json',
    'LICENSE',
    'tsconfig.json',
  ],
];
/** Free ones: several stacks may run beside each other. */
const PORTS = ['--port', '0', '--table-port', '0', '--fleet-port', '0'];

export type Settings = Readonly<Record<string, string>>;

export interface Started {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly curlLine: string;
}

export interface Project {
  readonly path: string;
  /** Resolves when the stack has printed its curl line, rejects with what it printed when it ends before. */
  start(flags?: readonly string[], settings?: Settings): Promise<Started>;
  /** Starts it and leaves it to whoever waits for what. */
  spawn(flags?: readonly string[], settings?: Settings): Omit<Started, 'curlLine'>;
  /** Stops every stack that was started here. */
  stop(): Promise<void>;
  remove(): void;
}

export function project(): Project {
  const folder = temporaryFolder();
  const running: ChildProcess[] = [];
  for (const name of SOURCES) {
    const filter = (path: string): boolean => !/[\\/](generated|node_modules)$/.test(path);
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true, preserveTimestamps: true, filter });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  const spawnStart: Project['spawn'] = (flags = [], settings = {}) => {
    // A process group of its own, to which Ctrl-C is then sent, as a terminal does.
    const child = spawn('npm', ['start', '--', ...PORTS, ...flags], {
      cwd: folder.path,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...settings },
    });
    running.push(child);
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => lines.push(line));
    }
    return { child, lines };
  };
  return {
    path: folder.path,
    spawn: spawnStart,
    async start(flags, settings) {
      const { child, lines } = spawnStart(flags, settings);
      const curlLine = await until('the curl line', () => {
        if (child.exitCode !== null) throw new Error(`npm start ended: ${lines.join('\n')}`);
        return lines.find((line) => line.startsWith('curl '));
      });
      return { child, lines, curlLine };
    },
    async stop() {
      await Promise.all(running.splice(0).map(ctrlC));
    },
    remove: () => folder.remove(),
  };
}

export async function ctrlC(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid, 'SIGINT');
  await gone;
}

/** Pastes the line into a shell; the answer's head and body. */
export function paste(line: string): { head: string; body: string } {
  const text = execFileSync('sh', ['-c', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { head, body };
}
