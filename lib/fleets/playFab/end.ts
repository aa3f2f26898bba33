import { validatePlayFabShutdown } from '../../generated/validators.js';
import type { EndAnswer } from '../fleet.ts';
import { type Ask, refused, unanswered, unreadable } from './ask.ts';
import { playFabError } from './errors.ts';

const ENDPOINT = 'ShutdownMultiplayerServer';

/**
 * The names of the errors that say that the session has no server: both are in PlayFab's list for this call. A status
 * alone does not say so: a wrong address answers 404 as well, and the session's server would run on.
 */
const NO_SERVER: ReadonlySet<string> = new Set(['MultiplayerServerNotFound', 'MultiplayerServerNoContent']);

/** What an operator looks at, by the status that refused. */
const CHECKS: ReadonlyMap<number, string> = new Map([
  [401, ': check that PLAYFAB_SECRET_KEY is of PLAYFAB_TITLE_ID'],
  [403, ': check that the API policy of the title lets the title itself shut its servers down'],
  [404, ', but not that the session has no server: check PLAYFAB_ENDPOINT'],
  [429, ': PlayFab limits how often it may be asked'],
]);

/**
 * Shuts the session's server down, by one call. The session's id is all that the reference asks for; older SDKs sent
 * the build and the region as well.
 *
 * @param tokenLate says what to look at when no token could be had in time
 */
export async function playFabEnd(sessionId: string, ask: Ask, tokenLate: string): Promise<EndAnswer> {
  const outcome = await ask(ENDPOINT, { SessionId: sessionId });
  if (outcome.kind !== 'answered')
    return { kind: 'failed', reason: unanswered(ENDPOINT, outcome, tokenLate) };
  const { status, body } = outcome;
  if (status === 200) {
    return body.kind === 'json' && validatePlayFabShutdown(body.value)
      ? { kind: 'ended', status }
      : { kind: 'failed', status, reason: unreadable(ENDPOINT) };
  }
  const { name = '' } = playFabError(outcome);
  if (status >= 400 && NO_SERVER.has(name)) return { kind: 'no-host', status };
  return { kind: 'failed', status, reason: refused(ENDPOINT, status, CHECKS) };
}
