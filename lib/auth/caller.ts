import type { SessionTicket } from './ticket.ts';

/** Who is calling, as far as the mode can tell. */
export interface Caller {
  /** Who the token was issued to; unique only together with `issuer`. */
  readonly subject?: string;
  readonly issuer?: string;
  readonly ticket?: SessionTicket;
}
