import { Problem } from '../contract/problem.ts';
import type { AllocationRequest } from '../contract/request.ts';
import { cookieFits } from '../ledger/sessions/cookieSeal.ts';
import type { SessionIdentity } from '../ledger/sessions/session.ts';

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
