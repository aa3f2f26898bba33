import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../local/data/random.ts';
import type { Hint } from '../../../lib/placement/placement.ts';
import type { SessionPlan } from './client.ts';
import type { CallerAnswer } from './evidence.ts';
import type { Lab, LabBroker } from './lab.ts';

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

/**
 * Behaves as docs/clients.md asks: the same session id until there is a host, each time at whichever broker the load
 * balancer picks, after the pause that the answer names. Gives up on an answer that says that repeating is of no use,
 * and on nothing else.
 */
export async function runCaller(
  lab: Lab,
  session: SessionPlan,
  plan: CallerPlan,
  random: Random,
): Promise<void> {
  if (plan.looks === 'before') await lab.get(await pick(lab, random), session.sessionId, plan);
  const host = await until(lab, random, (broker) => lab.post(broker, session, plan));
  if (host && plan.looks === 'after') {
    await until(lab, random, (broker) => lab.get(broker, session.sessionId, plan));
  }
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
    await sleep(
      answer.retryAfter === undefined ? OWN_PAUSE_MS * (0.5 + random()) : Number(answer.retryAfter) * 1_000,
    );
  }
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
async function pick(lab: Lab, random: Random): Promise<LabBroker> {
  for (;;) {
    const { live } = lab;
    const broker = live[Math.floor(random() * live.length)];
    if (broker !== undefined) return broker;
    await sleep(OWN_PAUSE_MS);
  }
}
