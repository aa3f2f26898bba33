import type { FleetAnswer } from './fleet.ts';
import type { JsonOutcome } from './http/jsonCall.ts';
import { type TokenSource, TokenUnavailableError } from '../identity/tokenSource.ts';

/** An answer of the fleet's, of whatever status. */
export type Answered = Extract<JsonOutcome, { kind: 'answered' }>;

/** What a driver brings to one call that needs a service token. */
export interface AuthorisedCall {
  readonly tokenSource: TokenSource;
  /** Ends the call wherever it is, fetching its token included. */
  readonly signal: AbortSignal;
  /** Says what to look at when no token could be had before the signal. */
  readonly tokenLate: string;
  readonly send: (token: string) => Promise<JsonOutcome>;
  /** Whether the fleet says that the token is not good. */
  readonly isTokenRefused: (answered: Answered) => boolean;
  /** What an answer means. */
  readonly read: (answered: Answered) => FleetAnswer;
}

/**
 * Makes one call upstream, and one more with another token where the first was refused: a token may be revoked, or
 * expire on its way. Nothing else is repeated.
 */
export function authorisedCall(call: AuthorisedCall): Promise<FleetAnswer> {
  return attempt(call, undefined);
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
async function attempt(call: AuthorisedCall, refused: string | undefined): Promise<FleetAnswer> {
  let token: string;
  try {
    token = await call.tokenSource.get(call.signal, { refused });
  } catch (error) {
    return withoutToken(error, call.tokenLate);
  }
  const outcome = await call.send(token);
  const mayRepeat = refused === undefined && !call.signal.aborted;
  const again = mayRepeat && outcome.kind === 'answered' && call.isTokenRefused(outcome);
  return again ? attempt(call, token) : answerOf(outcome, call);
}

function answerOf(outcome: JsonOutcome, { read }: AuthorisedCall): FleetAnswer {
  switch (outcome.kind) {
    case 'not-sent':
      return { kind: 'failed', maybeStarted: false, reason: outcome.reason };
    case 'lost':
      return { kind: 'unknown', reason: outcome.reason };
    case 'answered':
      return read(outcome);
  }
}

function withoutToken(error: unknown, late: string): FleetAnswer {
  const reason = tokenReason(error, late);
  const unavailable = error instanceof TokenUnavailableError ? error : undefined;
  if (unavailable?.final === true) return { kind: 'rejected', reason };
  const retryAfterMs = unavailable?.retryAfterMs;
  return { kind: 'failed', maybeStarted: false, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Only our own error's message is known to be without a secret. */
function tokenReason(error: unknown, late: string): string {
  return error instanceof TokenUnavailableError ? error.message : late;
}
