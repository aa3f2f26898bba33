import type { Clock } from '../clock.ts';
import type { HeaderReader } from '../contract/bodyHeaders.ts';
import { onceSuccessful } from '../once.ts';
import type { AuthSettings, Authenticator, Caller } from './authenticator.ts';
import { type TrustSettings, showsTrustedKey } from './trust.ts';

const NOBODY: Caller = {};
const TRUSTED: Caller = { trusted: true };

/**
 * The authenticator of a mode. With `key` the Functions host has checked the function key before the broker's code
 * ran (see config/registration.ts), and does not say which key it was; with `anonymous` nobody has checked anything.
 */
export function createAuthenticator(
  auth: AuthSettings,
  clock: Clock,
  trust: TrustSettings = {},
): Authenticator {
  if (auth.mode !== 'jwt') {
    const callerOf = (headers: HeaderReader): Caller => (showsTrustedKey(headers, trust) ? TRUSTED : NOBODY);
    return { authenticate: (headers) => Promise.resolve(callerOf(headers)) };
  }
  // Loaded with the first token: the other modes' cold starts must not pay for it.
  const loaded = onceSuccessful(async () =>
    (await import('./jwtAuthenticator.ts')).jwtAuthenticator(auth, clock, trust),
  );
  return { authenticate: async (headers, emit) => (await loaded()).authenticate(headers, emit) };
}
