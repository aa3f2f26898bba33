import type { ResetOptions } from './controlSchema.ts';
import type { FleetProtocol } from './protocol.ts';
import { World, type WorldOptions } from './world.ts';

/** A protocol and the world it speaks for; what a server serves and the control API steers. */
export class Simulation {
  readonly protocol: FleetProtocol;
  readonly #options: WorldOptions;
  #world: World;

  constructor(protocol: FleetProtocol, options: WorldOptions) {
    this.protocol = protocol;
    this.#options = options;
    this.#world = new World(options);
  }

  get world(): World {
    return this.#world;
  }

  /** Breaks off what is under way and begins anew: full pools, no hosts, no faults, no holds, an empty report. */
  reset(changes: ResetOptions = {}): void {
    this.#world.end();
    this.#world = new World({ ...this.#options, ...changes });
  }
}
