import type { Clock } from '../clock.ts';
import type { EndAnswer } from '../fleets/fleet.ts';
import type { ToldFleet } from '../ledger/sessions/ledger.ts';
import type { BrokerDependencies } from './dependencies.ts';

/** A session that is over, as far as its fleet needs to know of it. */
export interface OverSession {
  readonly sessionId: string;
  readonly fleet: string;
}

export type TellDependencies = Pick<BrokerDependencies, 'fleets' | 'fleetTimeoutMs'> & {
  readonly clock: Clock;
};

/**
 * What was read of a session must not be older. The fleet knows a host by its session's id alone: a process that stood
 * still for hours would have a host shut down that a later beginning of the session has got.
 */
const FRESH_MS = 10_000;

const NOT_TOLD = { fleet: 'pending', fleetCalls: 0, fleetMs: 0 } as const;

/**
 * Tells the session's fleet, once, that the session is over; never throws.
 *
 * @param asOfMs when it was being read that the session is over (monotonic)
 */
export async function tellFleet(
  { fleets, fleetTimeoutMs, clock }: TellDependencies,
  { sessionId, fleet: name }: OverSession,
  asOfMs: number,
  traceparent?: string,
): Promise<ToldFleet> {
  const fleet = fleets.get(name);
  if (fleet === undefined) {
    const reason = `A session of ${name} is over, but settings of ${name} are gone: put all of them back.`;
    return { ...NOT_TOLD, reason };
  }
  if (fleet.end === undefined) return { fleet: 'not-told', fleetCalls: 0, fleetMs: 0 };
  const fromMs = clock.monotonicMs();
  if (fromMs - asOfMs > FRESH_MS)
    return { ...NOT_TOLD, reason: 'too much time passed since the session was read' };
  const signal = clock.timeout(fleetTimeoutMs);
  const answer = await fleet.end(sessionId, { signal, traceparent });
  return { ...readingOf(answer), fleetCalls: 1, fleetMs: Math.round(clock.monotonicMs() - fromMs) };
}

function readingOf(answer: EndAnswer): Pick<ToldFleet, 'fleet' | 'upstreamStatus' | 'reason'> {
  switch (answer.kind) {
    case 'ended':
      return { fleet: 'told', upstreamStatus: answer.status };
    case 'no-host':
      return { fleet: 'no-host', upstreamStatus: answer.status };
    case 'failed':
      return { fleet: 'pending', upstreamStatus: answer.status, reason: answer.reason };
  }
}
