import type { RecordedOutcome } from '../../lib/contract/outcomes.ts';
import type { Attempt, SessionEnding } from '../../lib/contract/attempt.ts';

let made = 0;

/** An attempt that got a host in its first choice at 2026-11-22 08:15 UTC, but for what is given. */
export function attempt(values: Partial<Attempt> = {}): Attempt {
  made += 1;
  const tail = String(made).padStart(12, '0');
  return {
    sessionId: `00000000-0000-4000-8000-${tail}`,
    attemptId: `00000000-0000-4000-9000-${tail}`,
    generation: 1,
    gameMode: 'duel',
    outcome: 'allocated',
    claimedAt: '2026-11-22T08:15:00.000Z',
    closedAt: '2026-11-22T08:15:00.900Z',
    locations: ['West US', 'East US', 'North Europe'],
    region: 'WestUS',
    hostName: 'host-1.cloudapp.net',
    preferenceRank: 1,
    fleetCalls: 1,
    fleetMs: 800,
    upstreamStatus: 200,
    ...values,
  };
}

/** An attempt that ended without a host. */
export function without(outcome: RecordedOutcome, values: Partial<Attempt> = {}): Attempt {
  const { region: _region, hostName: _host, preferenceRank: _rank, ...rest } = attempt();
  return { ...rest, outcome, ...values };
}

/** A session that was ended at 2026-11-22 08:15 UTC, whose fleet has shut its server down, but for what is given. */
export function ending(values: Partial<SessionEnding> = {}): SessionEnding {
  const { preferenceRank: _rank, kind: _kind, ...common } = attempt();
  return {
    ...common,
    ...{ kind: 'ending', outcome: 'ended', endedBy: 'key', endFleet: 'told', locations: [], fleetMs: 90 },
    closedAt: '2026-11-22T08:15:00.100Z',
    ...values,
  };
}

/** An ending that is not confirmed, and what is told of it only once it is, is not there. */
export function unconfirmed(values: Partial<SessionEnding> = {}): SessionEnding {
  const { closedAt: _closed, endFleet: _said, ...rest } = ending();
  return { ...rest, outcome: 'open', ...values };
}
