import type { HeaderReader } from '../contract/bodyHeaders.ts';
import type { EventSink } from '../events.ts';
import type { SessionTicket } from './ticket.ts';
import type { Claim } from './trust.ts';

/** Asymmetric ones only: with a shared secret, anybody who can check a token can also make one. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** BROKER_AUTH: how callers show who they are. */
export type AuthSettings =
  | { readonly mode: 'key' }
  | { readonly mode: 'anonymous' }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUri?: string;
      readonly algorithms?: readonly string[];
      readonly sessionClaim?: string;
      readonly gameModeClaim?: string;
      /** Whose tokens may end sessions. Absent: none; a function key is asked for. */
      readonly endClaim?: Claim;
    };

/** Who is calling, as far as the mode shows it. */
export interface Caller {
  /** Who the token was issued to; unique only together with `issuer`. */
  readonly subject?: string;
  readonly issuer?: string;
  readonly ticket?: SessionTicket;
  /** Has a limit of its own (lib/auth/trust.ts). */
  readonly trusted?: boolean;
  /** Its token says that it may end sessions. */
  readonly mayEnd?: boolean;
}

/** Finds out who is calling. */
export interface Authenticator {
  /**
   * @throws Problem unauthenticated, auth-unavailable
   */
  authenticate(headers: HeaderReader, emit: EventSink): Promise<Caller>;
}
