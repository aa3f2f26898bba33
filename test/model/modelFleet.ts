import type {
  EndAnswer,
  Fleet,
  FleetAnswer,
  FleetCallOptions,
  FleetRequest,
} from '../../lib/fleets/fleet.ts';
import type { Row } from '../../lib/ledger/tables/entityTable.ts';
import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import type { Process, World } from './world.ts';

/** One call, from when it was sent to when its sender had an answer or gave up. */
export interface FleetCall {
  readonly attemptId: string;
  readonly process: Process;
  /** The fleet, and what it was asked for: together they have one host of a session. */
  readonly asked: string;
  readonly beginning: Beginning;
  readonly sentAtMs: number;
  /** Infinity while the sender has neither. */
  endedAtMs: number;
  /** Whether its sender has heard that nothing was started. */
  isDry: boolean;
}

/** Hears of a process's calls at the moment when something happens to them. */
export interface CallObserver {
  sending(asked: string): FleetCall;
  cutting(reason: string): void;
}

/**
 * What becomes of one call on its way. The first ones never reach the fleet's decision; after `done` come the ways in
 * which an answer is lost or spoilt. `late`: it arrives when its sender may have given up, and others may have asked.
 */
const FATES = [
  ['done', 69],
  ['not-sent', 2],
  ['throttled', 3],
  ['failed', 3],
  ['no-capacity', 7],
  ['lost', 5],
  ['failed-after', 3],
  ['unreadable', 3],
  ['silent', 2],
  ['late', 3],
] as const;

type Fate = (typeof FATES)[number][0];

const FAILED_ANSWERS: Partial<Record<Fate, FleetAnswer>> = {
  'not-sent': { kind: 'failed', maybeStarted: false, reason: 'not sent' },
  throttled: { kind: 'failed', maybeStarted: false, status: 429, retryAfterMs: 700 },
  failed: { kind: 'failed', maybeStarted: true, status: 500 },
  lost: { kind: 'unknown', reason: 'connection-lost' },
  'failed-after': { kind: 'failed', maybeStarted: true, status: 502 },
  unreadable: { kind: 'unreadable', status: 200, reason: 'not of the schema' },
};

const STAYS_OUT: readonly Fate[] = ['not-sent', 'throttled', 'failed'];

/**
 * What becomes of one call that ends the session. `refused`: nothing is done. `lost`: it is done, and the answer is lost.
 * `late`: its sender gets a fault, and it is done later.
 */
const END_FATES = [
  ['done', 70],
  ['refused', 10],
  ['lost', 10],
  ['late', 10],
] as const;

/** How long a host takes to become active: at once, within the lease, within the call's time, after it. */
const ACTIVATION_MS = [0, 300, 3_000, 9_500];

/**
 * No call reaches the fleet later than this after it was sent. The product counts on less than a minute, the time until the
 * host is active included.
 */
const REACHES_FLEET_MS = 45_000;

interface Host {
  readonly name: string;
  /** What the game server was started with. */
  readonly cookie: string | undefined;
  isActive: boolean;
}

/** A session's time from its beginning until it may begin anew, as the fleet sees it. */
export interface Beginning {
  /** Oldest first; those that were shut down as well. */
  readonly hosts: Host[];
  /** How many of its hosts were running at the same time. */
  mostAtOnce: number;
  /** The generation of its claims; undefined before the first one. */
  generation: number | undefined;
  /** When the session became a tombstone, by the storage service's clock; Infinity: it did not. */
  endedAtMs: number;
  /** Whether the session was ended, could begin anew, and still had a host that its fleet could have shut down. */
  isLeftRunning: boolean;
}

/**
 * The fleets of one session. The first call starts the host, later ones get the same, each with fresh secrets: for as
 * long as the same fleet is asked, and for the same thing. Another one would start another host. One of them can be asked to
 * shut a host down; the session's next call would start another.
 */
export class ModelFleet {
  readonly calls: FleetCall[] = [];
  /** Oldest first; one until the session is forgotten. */
  readonly beginnings: Beginning[] = [];
  readonly #world: World;
  /** By fleet and target. */
  readonly #running = new Map<string, Host>();
  /** Of those that are asked, the ones on the way to which a call waits. */
  readonly #delayed = new Set<string>();
  #started = 0;
  #answers = 0;

  constructor(world: World) {
    this.#world = world;
    this.forget();
  }

  /** The present one. */
  get beginning(): Beginning {
    return this.beginnings.at(-1) as Beginning;
  }

  /** Whether a host is running, or about to, that its fleet could have been told to shut down. */
  get hasHost(): boolean {
    return [...this.#running.keys()].some(isToldOf);
  }

  /** The session is over since long ago, and its host with it: whoever asks for it gets another. */
  forget(generation?: number): void {
    const { beginning } = this;
    if (this.beginnings.length > 0) beginning.isLeftRunning = beginning.endedAtMs < Infinity && this.hasHost;
    this.#running.clear();
    const ended = { endedAtMs: Infinity, isLeftRunning: false };
    this.beginnings.push({ hosts: [], mostAtOnce: 0, generation, ...ended });
  }

  /** Hears of every write to the sessions' table: with one, the session ends, or begins anew after its end. */
  recorded(row: Row): void {
    if (row.rowKey !== SESSION_ROW_KEY) return;
    const { beginning } = this;
    const generation = Number(row['generation']);
    if (row['state'] === 'ended') beginning.endedAtMs = Math.min(beginning.endedAtMs, this.#world.nowMs);
    if (row['state'] !== 'claimed') return;
    beginning.generation ??= generation;
    if (generation > beginning.generation) this.forget(generation);
  }

  /** One of the fleets as one process reaches it. */
  reachedBy(process: Process, name: string, observer: CallObserver): Fleet {
    return {
      allocate: (request, options) => this.#send(process, name, request, options, observer),
      checkCredentials: () => Promise.resolve(),
      ...this.endedBy(process, name),
    };
  }

  /** The one question that ends a session, of the fleet that has it. */
  endedBy(process: Process, name: string): Pick<Fleet, 'end'> {
    if (!isToldOf(name)) return {};
    return { end: (_sessionId, options) => this.#sendEnd(process, name, options) };
  }

  #sendEnd(process: Process, name: string, { signal }: FleetCallOptions): Promise<EndAnswer> {
    const world = this.#world;
    const { promise, resolve } = Promise.withResolvers<EndAnswer>();
    const failed = { kind: 'failed', reason: 'no answer' } as const;
    const sentAtMs = world.nowMs;
    world.tell(`${process.name} ends the session at ${name}`);
    signal.addEventListener('abort', () => resolve(failed));
    const answer = (answered: EndAnswer): void => world.soon(process, () => resolve(answered));
    const arrive = (): void => {
      if (world.nowMs - sentAtMs > REACHES_FLEET_MS) return;
      const fate = world.weigh(END_FATES);
      world.tell(`${name} is asked to end the session: ${fate}`);
      if (fate === 'late') world.after(world.pick(REACHES_FLEET_MS / 2), undefined, () => this.#end(name));
      const ended = fate === 'done' || fate === 'lost' ? this.#end(name) : undefined;
      answer(fate === 'done' ? (ended ?? failed) : failed);
    };
    world.soon(undefined, arrive, process);
    return promise;
  }

  /** By the session alone. A fleet need not know yet of a host that it is starting. */
  #end(name: string): EndAnswer {
    const [key, host] = [...this.#running].find(([asked]) => asked.startsWith(name)) ?? [name];
    const isUnknown = host === undefined || (!host.isActive && this.#world.pick(2) === 1);
    this.#world.tell(`${key}: ${isUnknown ? 'no host' : `${host.name} is shut down`}`);
    if (isUnknown) return { kind: 'no-host', status: 404 };
    this.#running.delete(key);
    return { kind: 'ended', status: 200 };
  }

  #send(
    process: Process,
    name: string,
    request: FleetRequest,
    { signal }: FleetCallOptions,
    observer: CallObserver,
  ): Promise<FleetAnswer> {
    const world = this.#world;
    const notSent = FAILED_ANSWERS['not-sent'];
    if (signal.aborted && notSent !== undefined) return Promise.resolve(notSent);
    const { promise, resolve } = Promise.withResolvers<FleetAnswer>();
    const key = `${name} for ${request.target}`;
    const call = observer.sending(key);
    this.calls.push(call);
    const end = (answer: FleetAnswer): void => {
      if (call.endedAtMs < Infinity) return;
      call.endedAtMs = world.nowMs;
      call.isDry = startedNothing(answer);
      world.tell(`${process.name} is answered by the fleet: ${answer.kind}`);
      resolve(answer);
    };
    world.tell(`${process.name} asks ${key}`);
    signal.addEventListener('abort', () => {
      if (call.endedAtMs === Infinity) observer.cutting((signal.reason as Error).message);
      end({ kind: 'unknown', reason: 'timeout' });
    });
    const answer = (answered: FleetAnswer): void => {
      world.soon(process, () => end(answered));
      // The answer is there, and its process stands still: the one moment in which two can hold the same host.
      if (answered.kind === 'host' && world.pick(12) === 11) world.stall(process);
    };
    const arrive = (fate: Fate): void => {
      if (world.nowMs - call.sentAtMs <= REACHES_FLEET_MS) this.#arrive(key, request, fate, answer);
    };
    const reach = (): void => {
      const fate = this.#fateAt(key);
      if (fate === 'late') this.#delay(key, () => arrive('done'));
      else arrive(fate);
    };
    world.soon(undefined, reach, process);
    return promise;
  }

  /** A fleet at which calls wait has few hosts to give. */
  #fateAt(key: string): Fate {
    const isShort = this.#delayed.has(key) && this.#world.pick(2) === 1;
    return isShort ? 'no-capacity' : this.#world.weigh(FATES);
  }

  #delay(key: string, arrive: () => void): void {
    this.#world.tell(`${key} is asked: late`);
    this.#delayed.add(key);
    this.#world.after(this.#world.pick(REACHES_FLEET_MS / 2), undefined, () => {
      this.#delayed.delete(key);
      arrive();
    });
  }

  #arrive(key: string, request: FleetRequest, fate: Fate, answer: (answered: FleetAnswer) => void): void {
    const host = this.#running.get(key);
    const state = host && (host.isActive ? 'active' : 'starting');
    this.#world.tell(`${key} is asked: ${fate}, ${state ?? 'no host'}`);
    const failed = FAILED_ANSWERS[fate];
    if (failed !== undefined && STAYS_OUT.includes(fate)) {
      answer(failed);
      return;
    }
    // A fleet without a free host still gives the one that the session has.
    if (fate === 'no-capacity' && host === undefined) {
      answer({ kind: 'no-capacity', status: 503 });
      return;
    }
    const spoilt = (active: Host): void => {
      if (fate !== 'silent') answer(failed ?? this.#answerWith(active));
    };
    if (host === undefined) this.#start(key, request, spoilt);
    else if (host.isActive) spoilt(host);
    else answer(failed ?? { kind: 'starting', status: 409 });
  }

  #start(key: string, request: FleetRequest, active: (host: Host) => void): void {
    this.#started += 1;
    const host = { name: `a${this.#started}.cloudapp.net`, cookie: request.sessionCookie, isActive: false };
    const { beginning } = this;
    this.#running.set(key, host);
    beginning.hosts.push(host);
    beginning.mostAtOnce = Math.max(beginning.mostAtOnce, this.#running.size);
    const activationMs = ACTIVATION_MS[this.#world.pick(ACTIVATION_MS.length)] ?? 0;
    this.#world.after(activationMs, undefined, () => {
      host.isActive = true;
      active(host);
    });
  }

  #answerWith({ name: hostName }: Host): FleetAnswer {
    this.#answers += 1;
    const secureContext = Buffer.from(`answer ${this.#answers}`).toString('base64');
    const ports = [{ name: 'game', port: 30_000 }];
    return { kind: 'host', status: 200, host: { hostName, ports, region: 'WestUS', secureContext } };
  }
}

/** By a fleet's name, or by that of something it was asked for. */
function isToldOf(name: string): boolean {
  return name.startsWith('playfab');
}

/** What the port promises of each kind of answer. */
function startedNothing(answer: FleetAnswer): boolean {
  const { kind } = answer;
  return kind === 'no-capacity' || kind === 'rejected' || (kind === 'failed' && !answer.maybeStarted);
}
