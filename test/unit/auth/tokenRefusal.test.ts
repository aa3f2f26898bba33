import { errors } from 'jose';
import { tokenRefusal } from '../../../lib/auth/tokenRefusal.ts';

it.each([
  [errors.JWTExpired.code, undefined, 'ERR_JWT_EXPIRED'],
  [errors.JWTClaimValidationFailed.code, 'aud', 'ERR_JWT_CLAIM_VALIDATION_FAILED (aud)'],
  [errors.JWSSignatureVerificationFailed.code, undefined, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
  [errors.JWKSNoMatchingKey.code, undefined, 'ERR_JWKS_NO_MATCHING_KEY'],
  [errors.JOSEAlgNotAllowed.code, undefined, 'ERR_JOSE_ALG_NOT_ALLOWED'],
  // What a token says never becomes a reason.
  [errors.JWTClaimValidationFailed.code, 'canary', 'ERR_JOSE_GENERIC'],
  ['ERR_OF_A_NEWER_VERSION', undefined, 'ERR_JOSE_GENERIC'],
  ['toString', undefined, 'ERR_JOSE_GENERIC'],
])('reports %s of the claim %s as %s', (code, claim, reason) => {
  expect(tokenRefusal(code, claim)).toBe(reason);
});
