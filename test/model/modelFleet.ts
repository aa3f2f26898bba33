import type { Fleet, FleetAnswer, FleetCallOptions, FleetRequest } from '../../lib/fleets/fleet.ts';
import type { Process, World } from './world.ts';

/** One call, from when it was sent to when its sender had an answer or gave up. */
export interface FleetCall {
  readonly attemptId: string;
  readonly process: Process;
  readonly sentAtMs: number;
  /** Infinity while the sender has neither. */
  endedAtMs: number;
}

/** Hears of a process's calls at the moment when something happens to them. */
export interface CallObserver {
  sending(): FleetCall;
  cutting(reason: string): void;
}

/**
 * What becomes of one call on its way. The first ones never reach the fleet's decision; after `done` come the ways in
 * which an answer is lost or spoilt.
 */
const FATES = [
  ['done', 76],
  ['not-sent', 2],
  ['throttled', 3],
  ['failed', 3],
  ['no-capacity', 3],
  ['lost', 5],
  ['failed-after', 3],
  ['unreadable', 3],
  ['silent', 2],
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

/** How long a host takes to become active: at once, within the lease, within the call's time, after it. */
const ACTIVATION_MS = [0, 300, 3_000, 9_500];

/** A session's time from its beginning until it is forgotten, as the fleet sees it. */
export interface Beginning {
  readonly hostName: string;
  hostsStarted: number;
  /** What the game server was started with. */
  cookie: string | undefined;
}

/**
 * The fleets of one session. The first call starts the host, later ones get the same, each with fresh secrets: for as
 * long as the same fleet is asked, and for the same thing. Another one would start another host.
 */
export class ModelFleet {
  readonly calls: FleetCall[] = [];
  /** Oldest first; one until the session is forgotten. */
  readonly beginnings: Beginning[] = [];
  readonly #world: World;
  /** By fleet and target; absent: no host. */
  readonly #states = new Map<string, 'starting' | 'active'>();
  #answers = 0;

  constructor(world: World) {
    this.#world = world;
    this.forget();
  }

  /** The present one. */
  get beginning(): Beginning {
    return this.beginnings.at(-1) as Beginning;
  }

  /** The session has ended long ago, and its host with it: whoever asks for it gets another. */
  forget(): void {
    this.#states.clear();
    const hostName = `a${this.beginnings.length + 1}.cloudapp.net`;
    this.beginnings.push({ hostName, hostsStarted: 0, cookie: undefined });
  }

  /** One of the fleets as one process reaches it. */
  reachedBy(process: Process, name: string, observer: CallObserver): Fleet {
    return {
      allocate: (request, options) => this.#send(process, name, request, options, observer),
      checkCredentials: () => Promise.resolve(),
    };
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
    const call = observer.sending();
    this.calls.push(call);
    const end = (answer: FleetAnswer): void => {
      if (call.endedAtMs < Infinity) return;
      call.endedAtMs = world.nowMs;
      world.tell(`${process.name} is answered by the fleet: ${answer.kind}`);
      resolve(answer);
    };
    const key = `${name} for ${request.target}`;
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
    world.soon(undefined, () => this.#arrive(key, request, world.weigh(FATES), answer), process);
    return promise;
  }

  #arrive(key: string, request: FleetRequest, fate: Fate, answer: (answered: FleetAnswer) => void): void {
    const state = this.#states.get(key);
    this.#world.tell(`${key} is asked: ${fate}, ${state ?? 'no host'}`);
    const failed = FAILED_ANSWERS[fate];
    if (failed !== undefined && STAYS_OUT.includes(fate)) {
      answer(failed);
      return;
    }
    // A fleet without a free host still gives the one that the session has.
    if (fate === 'no-capacity' && state === undefined) {
      answer({ kind: 'no-capacity', status: 503 });
      return;
    }
    const spoilt = fate === 'silent' ? () => undefined : () => answer(failed ?? this.#host());
    if (state === 'starting') answer(failed ?? { kind: 'starting', status: 409 });
    else if (state === 'active') spoilt();
    else this.#start(key, request, spoilt);
  }

  #start(key: string, request: FleetRequest, active: () => void): void {
    this.#states.set(key, 'starting');
    this.beginning.hostsStarted += 1;
    this.beginning.cookie = request.sessionCookie;
    const activationMs = ACTIVATION_MS[this.#world.pick(ACTIVATION_MS.length)] ?? 0;
    this.#world.after(activationMs, undefined, () => {
      this.#states.set(key, 'active');
      active();
    });
  }

  #host(): FleetAnswer {
    this.#answers += 1;
    const secureContext = Buffer.from(`answer ${this.#answers}`).toString('base64');
    const ports = [{ name: 'game', port: 30_000 }];
    return {
      kind: 'host',
      status: 200,
      host: { hostName: this.beginning.hostName, ports, region: 'WestUS', secureContext },
    };
  }
}
