import type { Clock } from '../clock.ts';
import { onceSuccessful } from '../once.ts';
import type { AuthSettings, Authenticator, Caller } from './authenticator.ts';

const NOBODY: Caller = {};

/**
 * The authenticator of a mode. With `key` the Functions host has checked the function key before the broker's code
 * ran (see config/registration.ts), and does not say which key it was; with `anonymous` nobody has checked anything.
 */
export function createAuthenticator(auth: AuthSettings, clock: Clock): Authenticator {
  if (auth.mode !== 'jwt') return { authenticate: () => Promise.resolve(NOBODY) };
  // Loaded with the first token: the other modes' cold starts must not pay for it.
  const loaded = onceSuccessful(async () =>
    (await import('./jwtAuthenticator.ts')).jwtAuthenticator(auth, clock),
  );
  return { authenticate: async (headers, emit) => (await loaded()).authenticate(headers, emit) };
}
