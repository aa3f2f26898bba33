import { Problem } from '../contract/problem.ts';
import type { Caller } from './authenticator.ts';
import { callerKey } from './callerKey.ts';
import type { SessionTicket } from './ticket.ts';

/** Who ends a session. */
export interface Ender {
  /** For operators: a pseudonym, or what was shown. */
  readonly by: string;
  readonly ticket?: SessionTicket | undefined;
}

/** A holder of the function key, which the Functions host has checked without a word on which key it was. */
export const KEY_HOLDER: Ender = { by: 'key' };

/**
 * The bearer of a token, under the pseudonym that its allocations have.
 *
 * @param salt as for {@link callerKey}
 * @throws Problem forbidden
 */
export function enderOf(caller: Caller, salt: string): Ender {
  if (caller.mayEnd !== true) {
    throw new Problem('forbidden', 'The token does not let its bearer end sessions.');
  }
  const { subject, ticket } = caller;
  const pseudonym = subject === undefined ? undefined : callerKey(caller, NOWHERE, salt);
  return { by: pseudonym ?? 'token', ticket };
}

/** A subject is the same caller from whatever address. */
const NOWHERE = { forwardedFor: null, trustedHops: 0 };
