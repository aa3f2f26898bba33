import { type JWSHeaderParameters, type JWTPayload, errors, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import { ALGORITHMS, type AuthSettings, type Authenticator, type Caller } from './authenticator.ts';
import { canonicalGuid } from '../guid.ts';
import { Problem } from '../contract/problem.ts';
import type { EventSink, TokenRefusal } from '../events.ts';
import { bearerToken } from './bearer.ts';
import { KeysUnavailableError } from './keyEndpoint.ts';
import { signingKeys } from './signingKeys.ts';
import type { SessionTicket } from './ticket.ts';
import { tokenRefusal } from './tokenRefusal.ts';
import { type TrustSettings, holdsClaim } from './trust.ts';

type JwtSettings = Extract<AuthSettings, { readonly mode: 'jwt' }>;

/** How far the issuer's clock and ours may be apart for `exp` and `nbf`, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;
const KEYS_RETRY_SECONDS = 5;

/**
 * What an access token may call itself: RFC 7519 (section 5.1), RFC 9068 (section 2.1), and RFC 7515's word for any JWS
 * (section 4.1.9), which SPIFFE allows.
 */
const TOKEN_TYPES: ReadonlySet<unknown> = new Set(['jwt', 'at+jwt', 'jose']);

/** Takes signed tokens (RFC 7519) of one issuer for one audience, as `Authorization: Bearer` (RFC 6750). */
export function jwtAuthenticator(settings: JwtSettings, clock: Clock, trust: TrustSettings): Authenticator {
  const { issuer, audience, jwksUri, algorithms = ALGORITHMS } = settings;
  const keys = signingKeys({ issuer, jwksUri, algorithms }, clock);
  const verify = async (token: string, emit: EventSink): Promise<JWTPayload> => {
    const keyOf = (header: JWSHeaderParameters): ReturnType<typeof keys> => {
      requireAccessToken(header.typ);
      return keys(header, emit);
    };
    const { payload } = await jwtVerify(token, keyOf, {
      issuer,
      audience,
      // RFC 8725, section 3.1: what the token says of its algorithm is checked against ours, never followed.
      algorithms: [...algorithms],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(clock.wallMs()),
      // A token that never expires cannot be taken back.
      requiredClaims: ['exp'],
    });
    return payload;
  };
  return {
    async authenticate(headers, emit) {
      const token = bearerToken(headers.get('authorization'));
      if (token === undefined) throw refused('no bearer token', emit);
      try {
        const payload = await verify(token, emit);
        return {
          ...callerOf(payload, settings),
          ...(holdsClaim(payload, trust.claim) && { trusted: true }),
          ...(holdsClaim(payload, settings.endClaim) && { mayEnd: true }),
        };
      } catch (error) {
        throw problemOf(error, emit);
      }
    },
  };
}

/**
 * RFC 8725, section 3.11: what the issuer signed for something else, a logout token or a security event, is no access
 * token, whatever its claims. Most issuers say `JWT`, some nothing at all; `application/` may be left out.
 */
function requireAccessToken(typ: unknown): void {
  if (typ === undefined) return;
  if (typeof typ === 'string' && TOKEN_TYPES.has(typ.toLowerCase().replace(/^application\//, ''))) return;
  throw new errors.JWTClaimValidationFailed('unexpected "typ"', {}, 'typ', 'check_failed');
}

function callerOf(payload: JWTPayload, settings: JwtSettings): Caller {
  const { sub } = payload;
  return {
    issuer: settings.issuer,
    ...(typeof sub === 'string' && sub !== '' ? { subject: sub } : {}),
    ticket: ticketOf(payload, settings),
  };
}

/** A claim that should name something and does not names nothing: its bearer may then ask for nothing. */
function ticketOf(payload: JWTPayload, { sessionClaim, gameModeClaim }: JwtSettings): SessionTicket {
  const named = (claim: string): string => {
    const value = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return {
    ...(sessionClaim === undefined ? {} : { sessionId: canonicalGuid(named(sessionClaim)) ?? '' }),
    ...(gameModeClaim === undefined ? {} : { gameMode: named(gameModeClaim) }),
  };
}

/** Only operators learn what is wrong with a token: it would help a forger. */
function problemOf(error: unknown, emit: EventSink): Error {
  if (error instanceof KeysUnavailableError) {
    emit('error', { event: 'auth.unavailable', reason: error.message });
    const detail = 'Tokens cannot be checked at the moment. Repeat the request.';
    return new Problem('auth-unavailable', detail, { retryAfterSeconds: KEYS_RETRY_SECONDS });
  }
  if (error instanceof errors.JOSEError) return refused(reasonOf(error), emit);
  // Not the token's doing: a defect. Keys that the runtime cannot use have been left out.
  return error instanceof Error ? error : new Error('not an Error');
}

function refused(reason: TokenRefusal, emit: EventSink): Problem {
  emit('info', { event: 'auth.refused', reason });
  return new Problem('unauthenticated', 'Send a valid token: Authorization: Bearer <token>.');
}

function reasonOf(error: errors.JOSEError): TokenRefusal {
  return tokenRefusal(error.code, error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined);
}
