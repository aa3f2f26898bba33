import { randomBytes } from 'node:crypto';
import { type Clock, type Instant, later } from './clock.ts';

export interface HostPort {
  readonly name: string;
  readonly internal: number;
  readonly external: number;
  readonly protocol: 'TCP' | 'UDP';
}

export interface Host {
  readonly hostId: string;
  readonly sessionId: string;
  /** The build asked for, where the fleet gives a session another host for another build. */
  readonly build?: string | undefined;
  /** The location's name as the pool spells it, e.g. "West US". */
  readonly location: string;
  readonly hostName: string;
  /** Of TEST-NET-3, which nobody has (RFC 5737). Only every 254th host has the same. */
  readonly ipv4Address: string;
  readonly ports: readonly HostPort[];
  readonly startedAt: Instant;
  /** When the host becomes (or became) Active; fixed at the start. */
  readonly activeAt: Instant;
  endedAt?: Instant;
}

/** What the fleet has for a request: a host `started` by it, one known but not Active yet, an Active one, or none. */
export type Allocation =
  | { readonly kind: 'started' | 'starting' | 'active'; readonly host: Host }
  /** `hasPool`: whether the fleet has any of the locations. */
  | { kind: 'none'; hasPool: boolean };

export interface FleetOptions {
  /** StandingBy hosts by location name. */
  readonly pools: Readonly<Record<string, number>>;
  /** From the start of a host until it is Active, in milliseconds. */
  readonly activationMs: number;
  /** Ended hosts remembered for the report; older ones are forgotten. */
  readonly maxEndedHosts: number;
}

interface Pool {
  readonly name: string;
  standingBy: number;
}

/** "West US", "westus" and "WEST us" are one location: requests carry spaces, answers do not. */
export function normaliseLocation(name: string): string {
  return name.replaceAll(/\s/g, '').toLowerCase();
}

/**
 * Pools of StandingBy hosts and the sessions that hold one, independent of any protocol. A session keeps its host
 * until the host ends. Session ids are compared as they are: a caller that changes the case asks for a second host,
 * and the report shows it.
 */
export class FleetState {
  readonly #clock: Clock;
  readonly #options: FleetOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #live = new Map<string, Host>();
  readonly #hosts = new Map<string, Host>();
  readonly #ended: string[] = [];
  #started = 0;
  #forgotten = 0;

  constructor(options: FleetOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.setPools(options.pools);
  }

  /**
   * One request for a session. Locations are tried in the caller's order; those without a pool are passed over.
   *
   * @param build a session that is asked for with another one gets a second host
   * @param full no host is free, whatever the pools hold
   */
  request(sessionId: string, locations: readonly string[], build?: string, full = false): Allocation {
    const known = this.#live.get(keyOf(sessionId, build));
    if (known) return { kind: this.msUntilActive(known) > 0 ? 'starting' : 'active', host: known };
    for (const location of locations) {
      const pool = this.#pools.get(normaliseLocation(location));
      if (pool && pool.standingBy > 0 && !full)
        return { kind: 'started', host: this.#start(sessionId, build, pool) };
    }
    return { kind: 'none', hasPool: locations.some((name) => this.#pools.has(normaliseLocation(name))) };
  }

  /** Milliseconds until the host is Active, 0 once it is. */
  msUntilActive(host: Host): number {
    return Math.max(0, host.activeAt.monotonicMs - this.#clock().monotonicMs);
  }

  /** Ends the session's hosts: their places are StandingBy again and the session may get another. False without one. */
  end(sessionId: string): boolean {
    const hosts = [...this.#live.values()].filter((host) => host.sessionId === sessionId);
    for (const host of hosts) this.#end(host);
    return hosts.length > 0;
  }

  #end(host: Host): void {
    host.endedAt = this.#clock();
    this.#live.delete(keyOf(host.sessionId, host.build));
    const pool = this.#pools.get(normaliseLocation(host.location));
    if (pool) pool.standingBy += 1;
    this.#ended.push(host.hostId);
    if (this.#ended.length > this.#options.maxEndedHosts) this.#forgetOldestEnded();
  }

  /** Sets how many hosts are StandingBy in the locations named, adding locations the fleet did not have. */
  setPools(standingBy: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(standingBy)) {
      this.#pools.set(normaliseLocation(name), { name, standingBy: count });
    }
  }

  pools(): Record<string, number> {
    return Object.fromEntries([...this.#pools.values()].map((pool) => [pool.name, pool.standingBy]));
  }

  /** The servers of each location: `starting` ones have a session and are not Active yet. */
  stock(): { location: string; standingBy: number; starting: number; active: number }[] {
    return [...this.#pools].map(([key, { name, standingBy }]) => {
      const live = [...this.#live.values()].filter(({ location }) => normaliseLocation(location) === key);
      const starting = live.filter((host) => this.msUntilActive(host) > 0).length;
      return { location: name, standingBy, starting, active: live.length - starting };
    });
  }

  /** Every host still remembered, oldest first. */
  hosts(): Host[] {
    return [...this.#hosts.values()];
  }

  get counts(): { started: number; live: number; forgotten: number } {
    return { started: this.#started, live: this.#live.size, forgotten: this.#forgotten };
  }

  #start(sessionId: string, build: string | undefined, pool: Pool): Host {
    pool.standingBy -= 1;
    this.#started += 1;
    const startedAt = this.#clock();
    const hostId = `host-${this.#started}-${randomBytes(4).toString('hex')}`;
    const host: Host = {
      hostId,
      sessionId,
      build,
      location: pool.name,
      hostName: `${hostId}.cloudapp.net`,
      ipv4Address: `203.0.113.${1 + (this.#started % 254)}`,
      ports: portsOf(this.#started),
      startedAt,
      activeAt: later(startedAt, this.#options.activationMs),
    };
    this.#hosts.set(hostId, host);
    this.#live.set(keyOf(sessionId, build), host);
    return host;
  }

  #forgetOldestEnded(): void {
    const oldest = this.#ended.shift();
    if (oldest !== undefined && this.#hosts.delete(oldest)) this.#forgotten += 1;
  }
}

const keyOf = (sessionId: string, build = ''): string => `${sessionId}\n${build}`;

/** Two ports a host, as the game server sees them and as the outside does; neighbours differ, so a mix-up shows. */
function portsOf(sequence: number): HostPort[] {
  const external = 10_103 + ((sequence * 2) % 20_000);
  return [
    { name: 'GSDKTCPTest', internal: 10_100, external, protocol: 'TCP' },
    { name: 'GSDKUDPTest', internal: 10_101, external: external + 1, protocol: 'UDP' },
  ];
}
