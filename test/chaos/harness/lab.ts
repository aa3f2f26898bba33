import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { SpawnOptions } from '../../../local/fleet/spawn.ts';
import { type Stack, startStack } from '../../../local/stack.ts';
import { FaultProxy } from '../../support/faultProxy/faultProxy.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { LEASE_MS } from '../../../lib/broker/lease.ts';
import {
  type CallOptions,
  type Sending,
  type SessionPlan,
  endAllocation,
  getAllocation,
  postAllocation,
  send,
} from './client.ts';
import type { BrokerLife, BrokerLine, CallerAnswer, Records } from './evidence.ts';
import { type LabBroker, labBroker } from './labBroker.ts';
import { releaseOf } from './releases.ts';
import { asOneFleet, type FleetReport } from './oneFleet.ts';
import { pruneLater } from './pruneLater.ts';
import { createTables, readTables, removeSession } from './tables.ts';

export interface LabOptions {
  /** The folder of the built app. */
  readonly app: string;
  readonly fleetTimeoutMs: number;
  /** Every other broker has the game's next release in its settings. */
  readonly rollsOut?: boolean;
  /** BROKER_CONFIRM_SECONDS; default: the broker's own. */
  readonly confirmSeconds?: number | undefined;
  /** For how long each mode gathers its callers, in milliseconds; default: it does not. */
  readonly gatherMs?: number;
  /** Default: sessionhosts. */
  readonly fleetName?: FleetName;
  /** Flags of its simulator. */
  readonly fleet?: SpawnOptions;
  /** A second fleet, which every game mode lists after the first one. */
  readonly next?: { readonly fleetName: FleetName; readonly fleet?: SpawnOptions } | undefined;
}

/** A simulated fleet of a lab. */
export interface LabFleet {
  readonly name: FleetName;
  readonly control: Stack['fleet']['control'];
}

const USUAL_CONFIRM_SECONDS = 60;

/** Kept for the report: more than any run makes. */
const MOST_CALLS = 1_000_000;

/** Twice as long as a broker holds a call of an ended session to be possible. */
const CALLS_LONG_OVER_MS = 120_000;

/** Real parts with faults between them, and everything that they and their callers did, on record. */
export class Lab {
  readonly proxy: FaultProxy;
  readonly leaseMs = LEASE_MS;
  /** After so long an instance confirms what it remembers. */
  readonly confirmMs: number;
  /** In the order in which the game modes list them. */
  readonly fleets: readonly LabFleet[];
  readonly #stack: Stack;
  readonly #fleetTimeoutMs: number;
  readonly #rollsOut: boolean;
  readonly #gatherMs: number;
  readonly #brokers: LabBroker[] = [];
  readonly #answers: CallerAnswer[] = [];
  readonly #lines: BrokerLine[] = [];
  #started = 0;
  readonly #outcries: { at: number; broker: string; text: string }[] = [];

  private constructor(stack: Stack, options: LabOptions) {
    const {
      fleetTimeoutMs,
      rollsOut = false,
      gatherMs = 0,
      confirmSeconds = USUAL_CONFIRM_SECONDS,
      fleetName: name = 'sessionhosts',
      next,
    } = options;
    this.#stack = stack;
    this.fleets = [
      { name, control: stack.fleet.control },
      ...(next && stack.next ? [{ name: next.fleetName, control: stack.next.control }] : []),
    ];
    this.#fleetTimeoutMs = fleetTimeoutMs;
    this.confirmMs = confirmSeconds * 1_000;
    this.#rollsOut = rollsOut;
    this.#gatherMs = gatherMs;
    this.proxy = new FaultProxy(stack.azurite.tableUrl);
  }

  static async open(options: LabOptions): Promise<Lab> {
    const { app, fleetName = 'sessionhosts', fleet, next } = options;
    const stack = await startStack({
      app,
      fleetName,
      fleet: { maxCalls: MOST_CALLS, ...fleet },
      ...(next && { next: { ...next, fleet: { maxCalls: MOST_CALLS, ...next.fleet } } }),
    });
    await createTables(stack.azurite.connectionString);
    return new Lab(stack, options);
  }

  /** The first fleet. */
  get fleet(): LabFleet['control'] {
    return this.#stack.fleet.control;
  }

  /** The brokers that have not been killed, nor asked to end. */
  get live(): readonly LabBroker[] {
    return this.#brokers.filter(({ life }) => life.killedAt === undefined && life.stop === undefined);
  }

  get ends(): number {
    return this.#brokers.length - this.live.length;
  }

  get answers(): readonly CallerAnswer[] {
    return this.#answers;
  }

  /** Starts one more broker; its storage requests go through an endpoint of its own. */
  async startBroker(): Promise<LabBroker> {
    this.#started += 1;
    const name = `broker-${this.#started}`;
    const isNext = this.#rollsOut && this.#started % 2 === 0;
    const endpoint = await this.proxy.endpoint(name);
    const host = await this.#stack.startBroker({
      jsonLogs: true,
      settings: {
        BrokerStorage: endpoint.connectionString,
        BROKER_FLEET_TIMEOUT_MS: String(this.#fleetTimeoutMs),
        BROKER_GAME_MODES: releaseOf(
          isNext,
          this.#gatherMs,
          this.fleets.map(({ name: fleet }) => fleet),
        ),
        BROKER_CONFIRM_SECONDS: String(this.confirmMs / 1_000),
      },
      onLine: (line) => this.#note(name, line),
    });
    const life: BrokerLife = { broker: name, pid: host.pid, startedAt: Date.now(), isNext, pauses: [] };
    const broker = labBroker(name, host, life);
    this.#brokers.push(broker);
    return broker;
  }

  /** Sends one request as a client would, and keeps what comes of it. Never rejects. */
  async post(broker: LabBroker, session: SessionPlan, options: CallOptions = {}): Promise<CallerAnswer> {
    const answer = await postAllocation(broker, session, options);
    this.#answers.push(answer);
    return answer;
  }

  async get(broker: LabBroker, sessionId: string, options: CallOptions = {}): Promise<CallerAnswer> {
    const answer = await getAllocation(broker, sessionId, options);
    this.#answers.push(answer);
    return answer;
  }

  async end(broker: LabBroker, sessionId: string, options: CallOptions = {}): Promise<CallerAnswer> {
    const answer = await endAllocation(broker, sessionId, options);
    this.#answers.push(answer);
    return answer;
  }

  /** Sends a request that somebody else has made. */
  async relay(broker: LabBroker, sessionId: string, caller: string, request: Sending): Promise<CallerAnswer> {
    const answer = await send(broker, sessionId, caller, request);
    this.#answers.push(answer);
    return answer;
  }

  /** By the storage service's clock, whatever was in flight when a session was ended is over from here on. */
  letCallsEnd(): void {
    this.proxy.setClockAhead(CALLS_LONG_OVER_MS);
  }

  /** Runs the broker's sweep by hand, to its end. */
  async sweep(broker: LabBroker): Promise<{ readonly status: number }> {
    const response = await fetch(`${broker.url}/admin/functions/sweep?wait=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await response.arrayBuffer();
    return { status: response.status };
  }

  /** Removes a session's row past every broker, as if it had been forgotten. */
  async forget(sessionId: string): Promise<void> {
    await removeSession(this.#stack.azurite.connectionString, sessionId);
  }

  async records(sessionIds: readonly string[], sweep: Records['sweep']): Promise<Records> {
    return {
      sessionIds,
      answers: this.#answers,
      lines: this.#lines,
      outcries: this.#outcries,
      lives: this.#brokers.map(({ life }) => life),
      storage: this.proxy.requests,
      storageCounts: this.proxy.counts(),
      fleet: await this.#report(),
      tables: await readTables(this.#stack.azurite.connectionString),
      ...(this.#gatherMs > 0 && { pruned: await pruneLater(this.#stack.azurite.connectionString) }),
      leaseMs: this.leaseMs,
      confirmMs: this.confirmMs,
      ...(sweep !== undefined && { sweep }),
    };
  }

  async close(): Promise<void> {
    for (const broker of this.live) broker.resume();
    await this.#stack.stop();
    await this.proxy.stop();
  }

  async #report(): Promise<FleetReport> {
    const reports: FleetReport[] = await Promise.all(this.fleets.map(({ control }) => control.report()));
    return reports.reduce(asOneFleet);
  }

  #note(broker: string, line: string): void {
    const at = Date.now();
    const logged = parse(line) as { time: string; level: string; message: string } | undefined;
    const event = logged && (parse(logged.message) as Partial<BrokerEvent> | undefined);
    if (logged !== undefined && event?.event !== undefined) {
      this.#lines.push({ at: Date.parse(logged.time), broker, event: event as BrokerEvent });
    } else if (logged === undefined || logged.level === 'error' || logged.level === 'critical') {
      this.#outcries.push({ at, broker, text: logged?.message ?? line });
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
