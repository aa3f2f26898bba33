import type { TokenRefusal } from '../events.ts';

type JoseRefusal = Exclude<TokenRefusal, 'no bearer token'>;

/** Each of jose's codes that a token can meet: the compiler sees that none is missing. */
const OF_JOSE: Readonly<Record<JoseRefusal, true>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: true,
  ERR_JOSE_NOT_SUPPORTED: true,
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: true,
  ERR_JWKS_NO_MATCHING_KEY: true,
  ERR_JWS_INVALID: true,
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: true,
  'ERR_JWT_CLAIM_VALIDATION_FAILED (aud)': true,
  'ERR_JWT_CLAIM_VALIDATION_FAILED (exp)': true,
  'ERR_JWT_CLAIM_VALIDATION_FAILED (iat)': true,
  'ERR_JWT_CLAIM_VALIDATION_FAILED (iss)': true,
  'ERR_JWT_CLAIM_VALIDATION_FAILED (nbf)': true,
  'ERR_JWT_CLAIM_VALIDATION_FAILED (typ)': true,
  ERR_JWT_EXPIRED: true,
  ERR_JWT_INVALID: true,
  ERR_JOSE_GENERIC: true,
};

/**
 * The reason that operators read for an error of jose: nothing of the token's own text. A code that is not known here
 * is `ERR_JOSE_GENERIC`.
 *
 * @param claim which one is wrong, where one is
 */
export function tokenRefusal(code: string, claim?: string): JoseRefusal {
  const reason = claim === undefined ? code : `${code} (${claim})`;
  return isKnown(reason) ? reason : 'ERR_JOSE_GENERIC';
}

function isKnown(reason: string): reason is JoseRefusal {
  return Object.hasOwn(OF_JOSE, reason);
}
