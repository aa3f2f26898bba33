import { Problem, unknownSession } from '../contract/problem.ts';

/** What a caller's token lets it ask for; a member that is absent is not restricted. */
export interface SessionTicket {
  /** In lower case. */
  readonly sessionId?: string;
  readonly gameMode?: string;
}

/**
 * Holds a caller to its session ticket, before anything is looked up: the answer is the same whether the session
 * exists or not.
 *
 * @param asked what is asked for; a lookup names no game mode
 * @throws Problem forbidden
 */
export function requireTicket(
  ticket: SessionTicket | undefined,
  asked: { readonly sessionId: string; readonly gameMode?: string },
): void {
  if (ticket?.sessionId !== undefined && ticket.sessionId !== asked.sessionId) throw forbidden('session');
  if (asked.gameMode !== undefined && !fitsMode(ticket, asked.gameMode)) throw forbidden('game mode');
}

/**
 * Holds a lookup to the ticket's game mode, which only the session's row names.
 *
 * @throws Problem forbidden; unknown-session where the token names no session, because then `forbidden` would
 *   reveal that this one exists
 */
export function requireMode(ticket: SessionTicket | undefined, session: { readonly gameMode: string }): void {
  if (fitsMode(ticket, session.gameMode)) return;
  throw ticket?.sessionId === undefined ? unknownSession() : forbidden('game mode');
}

function fitsMode(ticket: SessionTicket | undefined, gameMode: string): boolean {
  return ticket?.gameMode === undefined || ticket.gameMode === gameMode;
}

function forbidden(what: string): Problem {
  return new Problem('forbidden', `The token is not for this ${what}.`);
}
