import { type SimulatorHandle, type SpawnOptions, spawnSimulator } from '../fleet/spawn.ts';
import type { SessionHostsOptions } from './protocol.ts';

export type SpawnSessionHostsOptions = SpawnOptions & Partial<SessionHostsOptions>;

/** Starts a sessionhosts simulator in a process of its own, on a free port unless one is given. */
export function spawnSessionHosts(options: SpawnSessionHostsOptions = {}): Promise<SimulatorHandle> {
  const { output, ...flags } = options;
  return spawnSimulator(new URL('./main.ts', import.meta.url), flags, output);
}
