import { setTimeout as sleep } from 'node:timers/promises';
import {
  AllocationClient,
  AllocationError,
  type Allocation,
  type AllocationErrorCode,
  type ClientOptions,
} from '../../clients/typescript/src/index.ts';
import { NoTokenError } from './broker.ts';
import type { PlannedCall } from './plan.ts';

/** What came of one call of `allocate`. */
export interface PlayedCall {
  readonly request: PlannedCall['request'];
  /** `created`: this call obtained the host; `replayed`: another one had; `no-token`: the stack's issuer was silent. */
  readonly outcome: 'created' | 'replayed' | 'no-token' | AllocationErrorCode;
  /** From the call to its end, waits included, in milliseconds. */
  readonly ms: number;
  /** HTTP requests that it took. */
  readonly requests: number;
  readonly allocation?: Allocation;
  /** Whether it is the deliberate repetition of a call that had got a host. */
  readonly repetition: boolean;
}

export interface PlayOptions {
  readonly clientFor: (sessionId: string) => ClientOptions;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly onPlayed: (call: PlayedCall) => void;
}

/** Makes the planned calls at their times; resolves when the last one has ended. */
export async function play(calls: readonly PlannedCall[], options: PlayOptions): Promise<void> {
  const startedMs = performance.now();
  const running: Promise<void>[] = [];
  for (const call of calls) {
    const waitMs = startedMs + call.atMs - performance.now();
    // An abort ends the wait as it ends the calls.
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: options.signal }).catch(() => undefined);
    if (options.signal.aborted) break;
    running.push(playOne(call, options));
  }
  await Promise.all(running);
}

async function playOne({ request, repeats }: PlannedCall, options: PlayOptions): Promise<void> {
  const first = await allocate(request, false, options);
  options.onPlayed(first);
  if (repeats && first.allocation !== undefined) options.onPlayed(await allocate(request, true, options));
}

async function allocate(
  request: PlannedCall['request'],
  repetition: boolean,
  { clientFor, deadlineMs, signal }: PlayOptions,
): Promise<PlayedCall> {
  const startedMs = performance.now();
  let requests = 0;
  let how: 'created' | 'replayed' = 'created';
  const ended = (outcome: PlayedCall['outcome'], allocation?: Allocation): PlayedCall => ({
    ...{ request, outcome, ms: performance.now() - startedMs, requests, repetition },
    ...(allocation === undefined ? {} : { allocation }),
  });
  try {
    const client = new AllocationClient(clientFor(request.sessionId));
    const allocation = await client.allocate(request, {
      ...{ deadlineMs, signal },
      onProgress: (progress) => {
        if (progress.kind === 'asking') requests += 1;
        if (progress.kind === 'allocated' && progress.replayed) how = 'replayed';
      },
    });
    return ended(how, allocation);
  } catch (error) {
    if (error instanceof NoTokenError) return ended('no-token');
    if (!(error instanceof AllocationError)) throw error;
    return ended(error.code);
  }
}
