import { printableJson } from '../text.ts';
import { type Attempt, type HistoryItem, type SessionEnding, isEnding } from './attempt.ts';

/** What `GET /api/v1/history` answers. */
export interface HistoryAnswer {
  readonly rows: readonly HistoryItem[];
  readonly session?: SessionState;
  readonly continuation?: string;
}

/** How a session stands, as far as operators see it. */
export interface SessionState {
  readonly state: 'claimed' | 'released' | 'allocated' | 'ended';
  readonly generation: number;
  readonly attemptId: string;
  readonly maybeStarted: boolean;
  readonly region?: string;
  readonly hostName?: string;
  readonly leaseLeftMs: number;
  readonly expiresInMs: number;
  readonly endedAtMs?: number;
  readonly endedBy?: string;
  /** Absent while the fleet has not confirmed it. */
  readonly endFleet?: string | undefined;
}

/**
 * The body of `GET /api/v1/history`: an allow-list, built member by member, so that no column that is added to the
 * tables can slip out. A session's cookie never does.
 */
export function renderHistory({ rows, session, continuation }: HistoryAnswer): string {
  // Operators read it on a terminal, too (curl), and it holds names that clients chose.
  return printableJson({
    attempts: rows.map(renderItem),
    session: session && renderSession(session),
    continuation,
  });
}

function renderItem(entry: HistoryItem): object {
  return {
    kind: entry.kind,
    sessionId: entry.sessionId,
    attemptId: entry.attemptId,
    generation: entry.generation,
    gameMode: entry.gameMode,
    fleet: entry.fleet,
    outcome: entry.outcome,
    weight: entry.weight,
    claimedAt: entry.claimedAt,
    closedAt: entry.closedAt,
    closedBy: entry.closedBy,
    region: entry.region,
    hostName: entry.hostName,
    locations: entry.locations,
    fleetCalls: entry.fleetCalls,
    fleetMs: entry.fleetMs,
    upstreamStatus: entry.upstreamStatus,
    reason: entry.reason,
    invocationId: entry.invocationId,
    ...(isEnding(entry) ? renderEnding(entry) : renderAttempt(entry)),
  };
}

function renderEnding({ endedBy, endFleet }: SessionEnding): object {
  return { endedBy, endFleet };
}

function renderAttempt(entry: Attempt): object {
  return {
    takeover: entry.takeover,
    fleetsAsked: entry.fleetsAsked,
    preferenceRank: entry.preferenceRank,
    placement: entry.placement,
    hints: entry.hints,
    callersHeard: entry.callersHeard,
    instancesHeard: entry.instancesHeard,
  };
}

function renderSession(session: SessionState): object {
  const { state, generation, attemptId, region, hostName } = session;
  return {
    state,
    generation,
    attemptId,
    leaseLeftMs: state === 'claimed' ? session.leaseLeftMs : undefined,
    maybeStarted: state === 'released' ? session.maybeStarted : undefined,
    region,
    hostName,
    endedAt: session.endedAtMs === undefined ? undefined : new Date(session.endedAtMs).toISOString(),
    endedBy: session.endedBy,
    endFleet: session.endFleet,
    expiresInSeconds: Math.floor(session.expiresInMs / 1_000),
  };
}
