import { type SimulatorHandle, type SpawnOptions, spawnSimulator } from '../fleet/spawn.ts';
import type { PlayFabOptions } from './protocol.ts';

export type SpawnPlayFabOptions = SpawnOptions & Partial<PlayFabOptions>;

/** Starts a PlayFab simulator in a process of its own, on a free port unless one is given. */
export function spawnPlayFab(options: SpawnPlayFabOptions = {}): Promise<SimulatorHandle> {
  const { output, ...flags } = options;
  return spawnSimulator(new URL('./main.ts', import.meta.url), flags, output);
}
