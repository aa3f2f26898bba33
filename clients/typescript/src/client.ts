import { member, type Answer } from './answer.ts';
import { Connection, pathOf, type CallOptions, type ConnectionOptions, type Request } from './connection.ts';
import { AllocationError } from './errors.ts';
import { failureOf } from './failure.ts';
import { newGuid } from './guid.ts';
import { isLocation, measureLatencies, type MeasureOptions } from './measure.ts';
import { persist, type AllocationProgress, type Patience } from './persist.ts';
import type { AllocateRequest, Allocation, Latency, Location, Pending } from './types.ts';

export interface ClientOptions extends ConnectionOptions {
  /** Sent as `x-functions-key`: the key of the function `allocations`, never a host key. */
  readonly functionKey?: string;
}

export interface AllocateOptions extends CallOptions {
  /** How long the broker may hold one request open, in whole seconds from 1 to 25; default 15. */
  readonly waitSeconds?: number;
  readonly onProgress?: (progress: AllocationProgress) => void;
}

export interface MeasureLocationsOptions extends MeasureOptions {
  /** For reading the locations, in milliseconds; default 5000. The measurements come on top. */
  readonly deadlineMs?: number;
  /** Why the locations could not be read. */
  readonly onFailure?: (error: AllocationError) => void;
}

/** A host that is StandingBy comes in seconds, a crowded fleet frees one within the minute; then a player should know. */
const ALLOCATE_DEADLINE_MS = 60_000;
const READ_DEADLINE_MS = 10_000;
/** Measurements are optional: a player does not wait longer for them than they are worth. */
const MEASURE_DEADLINE_MS = 5_000;
const WAIT_SECONDS = 15;
/** The broker finishes the fleet call that it is in, 8 s unless set otherwise, and its own writes; then nobody answers. */
const BEYOND_WAIT_MS = 15_000;

/** Asks one broker. Holds no state between calls. */
export class AllocationClient {
  readonly #broker: Connection;

  /** @throws TypeError when `baseUrl` is no absolute address: no repetition would help */
  constructor(options: ClientOptions) {
    this.#broker = new Connection(options);
  }

  /**
   * The host of a session, started if need be. Repeats the request with the same sessionId, through lost connections
   * too, until there is a final answer: that never starts a second host.
   *
   * @throws AllocationError
   */
  async allocate(request: AllocateRequest, options: AllocateOptions = {}): Promise<Allocation> {
    const { sessionId = newGuid(), gameMode, latencies, players, partySize, sessionCookie } = request;
    const body = JSON.stringify({ sessionId, gameMode, latencies, players, partySize, sessionCookie });
    const { deadlineMs = ALLOCATE_DEADLINE_MS, signal, waitSeconds = WAIT_SECONDS, onProgress } = options;
    const ask = (remainingMs: number): Promise<Answer> => {
      const wait = Math.max(1, Math.floor(Math.min(waitSeconds, remainingMs / 1_000)));
      const post: Request = {
        method: 'POST',
        path: '/api/v1/allocations',
        headers: { 'content-type': 'application/json', prefer: `wait=${wait}` },
        body,
      };
      return this.#broker.send(post, signal, Math.min(remainingMs, wait * 1_000 + BEYOND_WAIT_MS));
    };
    const { answer, attempt, elapsedMs } = await persist(ask, {
      ...{ baseUrl: this.#broker.baseUrl, deadlineMs, signal, onProgress },
    });
    if (!isAllocation(answer)) throw failureOf(answer, this.#broker.baseUrl);
    onProgress?.({ kind: 'allocated', attempt, elapsedMs, replayed: answer.status === 200 });
    return answer.body;
  }

  /**
   * What the broker knows of a session, for late joiners; never starts a host.
   *
   * @returns undefined when the session has no allocation
   * @throws AllocationError
   */
  async find(sessionId: string, options: CallOptions = {}): Promise<Allocation | Pending | undefined> {
    const answer = await this.#read(pathOf(sessionId), options, { pendingIsFinal: true });
    if (answer.kind === 'pending') return answer.body;
    if (answer.kind === 'problem' && answer.problem.code === 'unknown-session') return undefined;
    if (!isAllocation(answer)) throw failureOf(answer, this.#broker.baseUrl);
    return answer.body;
  }

  /**
   * The locations on offer, in the order in which the broker tries them when nothing is measured.
   *
   * @throws AllocationError
   */
  async locations(options: CallOptions = {}): Promise<readonly Location[]> {
    const answer = await this.#read('/api/v1/locations', options);
    const list = answer.kind === 'ok' ? member(answer.body, 'locations') : undefined;
    if (!Array.isArray(list)) throw failureOf(answer, this.#broker.baseUrl);
    return list.filter(isLocation);
  }

  /**
   * Reads the locations and measures them. Measurements are optional, so nothing that goes wrong is thrown: the list is
   * shorter then, or empty, and the broker uses its own order.
   */
  async measure(options: MeasureLocationsOptions = {}): Promise<Latency[]> {
    const { deadlineMs = MEASURE_DEADLINE_MS, onFailure, ...measuring } = options;
    const { signal } = measuring;
    try {
      const locations = await this.locations({ deadlineMs, ...(signal === undefined ? {} : { signal }) });
      return await measureLatencies(locations, measuring);
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      onFailure?.(error);
      return [];
    }
  }

  async #read(path: string, options: CallOptions, patience: Partial<Patience> = {}): Promise<Answer> {
    const { deadlineMs = READ_DEADLINE_MS, signal } = options;
    const ask = (remainingMs: number): Promise<Answer> =>
      this.#broker.send({ method: 'GET', path }, signal, remainingMs);
    return (await persist(ask, { baseUrl: this.#broker.baseUrl, deadlineMs, signal, ...patience })).answer;
  }
}

function isAllocation(answer: Answer): answer is Answer & { kind: 'ok'; body: Allocation } {
  if (answer.kind !== 'ok') return false;
  const { status, hostName, ports } = answer.body as Partial<Record<string, unknown>>;
  return status === 'allocated' && typeof hostName === 'string' && hostName !== '' && Array.isArray(ports);
}
