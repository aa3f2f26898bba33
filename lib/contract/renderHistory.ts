import type { HistoryEntry } from '../ledger/reading/historyEntry.ts';
import type { SessionRecord } from '../ledger/sessions/session.ts';
import type { SessionAttempts } from '../ledger/reading/sessionAttempts.ts';
import { printableJson } from '../text.ts';

/**
 * The body of `GET /api/v1/history`: an allow-list, built member by member, so that no column that is added to the
 * tables can slip out. A session's cookie never does.
 */
export function renderHistory({ rows, session, continuation }: SessionAttempts): string {
  // Operators read it on a terminal, too (curl), and it holds names that clients chose.
  return printableJson({
    attempts: rows.map(renderAttempt),
    session: session && renderSession(session),
    continuation,
  });
}

function renderAttempt(entry: HistoryEntry): object {
  return {
    sessionId: entry.sessionId,
    attemptId: entry.attemptId,
    generation: entry.generation,
    gameMode: entry.gameMode,
    fleet: entry.fleet,
    outcome: entry.outcome,
    claimedAt: entry.claimedAt,
    closedAt: entry.closedAt,
    closedBy: entry.closedBy,
    region: entry.region,
    hostName: entry.hostName,
    preferenceRank: entry.preferenceRank,
    locations: entry.locations,
    placement: entry.placement,
    hints: entry.hints,
    fleetCalls: entry.fleetCalls,
    fleetMs: entry.fleetMs,
    upstreamStatus: entry.upstreamStatus,
    reason: entry.reason,
    invocationId: entry.invocationId,
  };
}

function renderSession(record: SessionRecord): object {
  const { state, generation, attemptId } = record;
  return {
    state,
    generation,
    attemptId,
    leaseLeftMs: record.state === 'claimed' ? record.leaseLeftMs : undefined,
    maybeStarted: record.state === 'released' ? record.maybeStarted : undefined,
    region: record.state === 'allocated' ? record.region : undefined,
    hostName: record.state === 'allocated' ? record.hostName : undefined,
    expiresInSeconds: Math.floor(record.expiresInMs / 1_000),
  };
}
