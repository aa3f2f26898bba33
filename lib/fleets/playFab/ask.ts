import { type TokenCallOutcome, tokenReason } from '../authorisedCall.ts';

/** The endpoints of the Multiplayer API that are asked for anything but a host. */
type Endpoint = 'GetBuild' | 'GetBuildAlias' | 'ShutdownMultiplayerServer';

/** Calls one of them, with a token. */
export type Ask = (endpoint: Endpoint, body: object) => Promise<TokenCallOutcome>;

/**
 * Why one of them gave no answer, for operators.
 *
 * @param tokenLate says what to look at when no token could be had in time
 */
export function unanswered(
  endpoint: Endpoint,
  outcome: Exclude<TokenCallOutcome, { kind: 'answered' }>,
  tokenLate: string,
): string {
  switch (outcome.kind) {
    case 'no-token':
      return tokenReason(outcome.error, tokenLate);
    case 'not-sent':
      return outcome.reason;
    case 'lost':
      return `${endpoint} of PlayFab gave no answer (${outcome.reason}).`;
  }
}

/**
 * That it answered with another status than 200, for operators.
 *
 * @param checks what to look at, by the status
 */
export function refused(endpoint: Endpoint, status: number, checks: ReadonlyMap<number, string>): string {
  return `${endpoint} of PlayFab answered ${status}${checks.get(status) ?? ''}.`;
}

/** That its 200 cannot be believed, for operators. */
export const unreadable = (endpoint: Endpoint): string =>
  `The answer of PlayFab's ${endpoint} is not of its schema.`;
