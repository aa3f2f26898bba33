import { Problem } from '../contract/problem.ts';
import type { AllocationRequest } from '../contract/request.ts';
import { type CookieSeal, cookieFits } from '../ledger/sessions/cookieSeal.ts';
import type { SessionRecord } from '../ledger/sessions/ledger.ts';
import { hasExpired } from '../ledger/sessions/sessionRow.ts';

/** What a session was started with; every later call of it is judged against this. */
export interface SessionIdentity {
  readonly gameMode: string;
  /** Absent while nothing was started: then no game server has a cookie, and the next call may bring another. */
  readonly cookieSeal?: CookieSeal;
}

/** `undefined` once the session's allocation has run out: whoever comes next starts it anew. */
export function identityOf(record: SessionRecord): SessionIdentity | undefined {
  if (hasExpired(record)) return undefined;
  const { gameMode, cookieSeal } = record;
  return record.state === 'released' && !record.maybeStarted ? { gameMode } : { gameMode, cookieSeal };
}

/** @throws Problem session-mismatch: the game server would never see what this call brings */
export function requireSameSession(identity: SessionIdentity | undefined, request: AllocationRequest): void {
  if (identity === undefined) return;
  if (identity.gameMode !== request.gameMode) throw mismatch('gameMode');
  if (identity.cookieSeal !== undefined && !cookieFits(identity.cookieSeal, request.sessionCookie)) {
    throw mismatch('sessionCookie');
  }
}

function mismatch(member: 'gameMode' | 'sessionCookie'): Problem {
  return new Problem(
    'session-mismatch',
    `The session was started with another ${member}. Repeat its first request, or use a new sessionId for a new match.`,
    { errors: [{ pointer: `/${member}`, message: 'differs from the request that started the session' }] },
  );
}
