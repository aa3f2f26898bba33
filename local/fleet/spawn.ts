import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endProcess } from '../endProcess.ts';
import type { FleetFlags, StartMessage } from './commandLine.ts';
import { SimulatorControl } from './control.ts';

/** The flags of any simulator; `port` is free (0) unless given. */
export type SpawnOptions = Partial<FleetFlags> & {
  /** Where the output goes: nowhere, to this process's own, or to `child.stdout` (read it, or it blocks). */
  readonly output?: 'ignore' | 'inherit' | 'pipe';
};

/** A simulator in a process of its own. */
export interface SimulatorHandle {
  readonly url: string;
  readonly httpsUrl?: string;
  /** The TLS certificate, PEM. */
  readonly certificate?: string;
  readonly qosUdpPort?: number;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly control: SimulatorControl;
  /** Ends the process and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts `main` with the flags given and resolves when it listens; it ends with this process at the latest. */
export async function spawnSimulator(
  main: URL,
  flags: Flags,
  output: NonNullable<SpawnOptions['output']> = 'ignore',
): Promise<SimulatorHandle> {
  const child = fork(fileURLToPath(main), toArguments({ port: 0, ...flags }), {
    execArgv: [],
    stdio: ['ignore', output, output === 'pipe' ? 'pipe' : 'inherit', 'ipc'],
  });
  const listening = await firstMessage(child);
  if (listening.type === 'failed') throw new Error(listening.message);
  const url = `http://127.0.0.1:${listening.port}`;
  return {
    url,
    ...(listening.httpsPort !== undefined && { httpsUrl: `https://127.0.0.1:${listening.httpsPort}` }),
    ...(listening.certificate !== undefined && { certificate: listening.certificate }),
    ...(listening.qosUdpPort !== undefined && { qosUdpPort: listening.qosUdpPort }),
    pid: child.pid ?? 0,
    child,
    control: new SimulatorControl(url),
    stop: () => endProcess(child),
  };
}

async function firstMessage(child: ChildProcess): Promise<StartMessage> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (message) => resolve(message as StartMessage));
    child.once('exit', (code) =>
      reject(new Error(`The simulator ended with code ${code ?? 'none'} before it was ready.`)),
    );
  });
}

type Flags = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** `{standingBy: 3, log: true}` as `--standing-by 3 --log`. */
function toArguments(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, value.toString()];
  });
}
