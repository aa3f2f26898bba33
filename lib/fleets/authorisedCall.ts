import type { FleetAnswer } from './fleet.ts';
import type { JsonOutcome } from './http/jsonCall.ts';
import { type TokenSource, TokenUnavailableError } from '../identity/tokenSource.ts';

/** An answer of the fleet's, of whatever status. */
export type Answered = Extract<JsonOutcome, { kind: 'answered' }>;

/** A call that needs a service token. */
export interface TokenCall {
  readonly tokenSource: TokenSource;
  /** Ends the call wherever it is, fetching its token included. */
  readonly signal: AbortSignal;
  readonly send: (token: string) => Promise<JsonOutcome>;
  /** Whether the fleet says that the token is not good. */
  readonly isTokenRefused: (answered: Answered) => boolean;
}

/** What a driver brings to one call for a host. */
export interface AuthorisedCall extends TokenCall {
  /** Says what to look at when no token could be had before the signal. */
  readonly tokenLate: string;
  /** What an answer means. */
  readonly read: (answered: Answered) => FleetAnswer;
}

/** What came of a call; `no-token`: it was not made, and the error may hold a secret. */
export type TokenCallOutcome = JsonOutcome | { readonly kind: 'no-token'; readonly error: unknown };

/**
 * Makes one call upstream, and one more with another token where the first was refused: a token may be revoked, or
 * expire on its way. Nothing else is repeated.
 */
export function callWithToken(call: TokenCall): Promise<TokenCallOutcome> {
  return attempt(call, undefined);
}

/** Such a call for a session's host. */
export async function authorisedCall(call: AuthorisedCall): Promise<FleetAnswer> {
  const outcome = await callWithToken(call);
  switch (outcome.kind) {
    case 'no-token':
      return withoutToken(outcome.error, call.tokenLate);
    case 'not-sent':
      return { kind: 'failed', maybeStarted: false, reason: outcome.reason };
    case 'lost':
      return { kind: 'unknown', reason: outcome.reason };
    case 'answered':
      return call.read(outcome);
  }
}

/** @throws Error with a message for operators, where no token can be had */
export async function requireToken(source: TokenSource, signal: AbortSignal, late: string): Promise<void> {
  // The error itself goes no further: it may hold a secret.
  const reason = await source.get(signal).then(
    () => undefined,
    (error: unknown) => tokenReason(error, late),
  );
  if (reason !== undefined) throw new Error(reason);
}

/** @param refused the token of the attempt before this one; with it, this is the last */
async function attempt(call: TokenCall, refused: string | undefined): Promise<TokenCallOutcome> {
  let token: string;
  try {
    token = await call.tokenSource.get(call.signal, { refused });
  } catch (error) {
    return { kind: 'no-token', error };
  }
  const outcome = await call.send(token);
  const mayRepeat = refused === undefined && !call.signal.aborted;
  const again = mayRepeat && outcome.kind === 'answered' && call.isTokenRefused(outcome);
  return again ? attempt(call, token) : outcome;
}

function withoutToken(error: unknown, late: string): FleetAnswer {
  const reason = tokenReason(error, late);
  const unavailable = error instanceof TokenUnavailableError ? error : undefined;
  if (unavailable?.final === true) return { kind: 'rejected', reason };
  const retryAfterMs = unavailable?.retryAfterMs;
  return { kind: 'failed', maybeStarted: false, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Why there is no token, for operators: only our own error's message is known to be without a secret. */
export function tokenReason(error: unknown, late: string): string {
  return error instanceof TokenUnavailableError ? error.message : late;
}
