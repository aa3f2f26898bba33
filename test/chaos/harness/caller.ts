import { setTimeout as sleep } from 'node:timers/promises';
import { AllocationClient, AllocationError } from '../../../clients/typescript/src/index.ts';
import type { Random } from '../../../local/data/random.ts';
import type { Hint } from '../../../lib/placement/placement.ts';
import type { Sending, SessionPlan } from './client.ts';
import type { CallerAnswer } from './evidence.ts';
import type { Lab } from './lab.ts';
import type { LabBroker } from './labBroker.ts';

/** One player's client. */
export interface CallerPlan {
  readonly caller: string;
  readonly latencies: readonly Hint[];
  readonly waitSeconds: number;
  /** Asks with GET before it asks for the host, or after it has it, as a late joiner's backend does. */
  readonly looks: 'before' | 'after' | 'never';
}

/** Before a broken connection is tried again, or when nothing says how long: a client's own, short. */
const OWN_PAUSE_MS = 250;

/** Longer than any run: a player here does not lose patience. */
const NO_DEADLINE_MS = 24 * 3_600_000;

/**
 * Behaves as a game does that uses the project's own client: the same session id until there is a host, each time at
 * whichever broker the load balancer picks. Gives up on an answer that says that repeating is of no use, and on nothing
 * else.
 */
export async function runCaller(
  lab: Lab,
  session: SessionPlan,
  plan: CallerPlan,
  random: Random,
): Promise<void> {
  if (plan.looks === 'before') await lab.get(await pick(lab, random), session.sessionId, plan);
  const host = await allocate(lab, session, plan, random);
  if (host && plan.looks === 'after') {
    await until(lab, random, (broker) => lab.get(broker, session.sessionId, plan));
  }
}

/** False when an answer said not to repeat the request. */
async function allocate(lab: Lab, session: SessionPlan, plan: CallerPlan, random: Random): Promise<boolean> {
  const { caller, latencies, waitSeconds } = plan;
  const { sessionCookie, partySize, ...rest } = session;
  const client = new AllocationClient({
    baseUrl: 'http://brokers.example',
    fetch: async (url, init) => {
      const broker = await pick(lab, random);
      return asResponse(await lab.relay(broker, session.sessionId, caller, sendingOf(url, init)));
    },
  });
  const request = {
    ...rest,
    latencies,
    ...(sessionCookie !== undefined && { sessionCookie }),
    ...(partySize !== undefined && { partySize }),
  };
  try {
    await client.allocate(request, { waitSeconds, deadlineMs: NO_DEADLINE_MS });
    return true;
  } catch (error) {
    if (error instanceof AllocationError) return false;
    throw error;
  }
}

function sendingOf(url: string | URL | Request, init: RequestInit = {}): Sending {
  if (typeof init.body !== 'string') throw new Error('the client sends its body as text');
  return {
    method: 'POST',
    path: new URL(url instanceof Request ? url.url : url).pathname,
    body: init.body,
    headers: Object.fromEntries(new Headers(init.headers)),
  };
}

function asResponse({ status, failure, contentType, retryAfter, body }: CallerAnswer): Response {
  if (status === undefined) throw new TypeError(failure);
  const headers = new Headers();
  if (contentType !== undefined) headers.set('content-type', contentType);
  if (retryAfter !== undefined) headers.set('retry-after', retryAfter);
  return new Response(body, { status, headers });
}

/** Repeats a request until it is answered with the host; false when an answer says not to repeat it. */
export async function until(
  lab: Lab,
  random: Random,
  request: (broker: LabBroker) => Promise<CallerAnswer>,
): Promise<boolean> {
  for (;;) {
    const answer = await request(await pick(lab, random));
    if (answer.status === 200 || answer.status === 201) return true;
    if (!mayRepeat(answer)) return false;
    await sleep(pauseAfter(answer, random));
  }
}

/** Before the request is repeated, in milliseconds. */
export function pauseAfter({ retryAfter }: CallerAnswer, random: Random): number {
  return retryAfter === undefined ? OWN_PAUSE_MS * (0.5 + random()) : Number(retryAfter) * 1_000;
}

function mayRepeat({ status, body }: CallerAnswer): boolean {
  if (status === undefined || status === 202) return true;
  try {
    return (JSON.parse(body) as { retryable?: unknown }).retryable === true;
  } catch {
    return false;
  }
}

/** Any broker that lives; while there is none, the client finds nobody and tries again. */
export async function pick(lab: Lab, random: Random): Promise<LabBroker> {
  for (;;) {
    const { live } = lab;
    const broker = live[Math.floor(random() * live.length)];
    if (broker !== undefined) return broker;
    await sleep(OWN_PAUSE_MS);
  }
}
