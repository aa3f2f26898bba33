import type { AccessToken } from '@azure/core-auth';
import type { TokenSettings } from '../../config/settings.ts';
import { managedIdentity } from '../../managedIdentity.ts';
import type { TokenSource } from './tokenSource.ts';
import { TokenUnavailableError } from './tokenUnavailableError.ts';

type ManagedIdentitySettings = Extract<TokenSettings, { kind: 'managed-identity' }>;

/**
 * From here on to the token's expiry it is renewed. MSAL, inside the credential, answers from its own memory until
 * five minutes before the expiry: asking it earlier gets the same token again.
 */
const RENEW_BEFORE_EXPIRY_MS = 5 * 60_000;

/** A token this close to its expiry could expire on its way: more than the longest fleet call. */
const USABLE_BEFORE_EXPIRY_MS = 60_000;

/**
 * Tokens of the app's managed identity, by the Azure SDK. The credential fetches them and MSAL keeps them, for all
 * credentials of the process; what is left for here, found by reading @azure/identity 4.13 and @azure/msal-node 5.6:
 *
 * - Past half of a token's life MSAL renews it within the call, and fails when that fails although the token is good
 *   for hours. So the last token is remembered, used while it is good, and renewed beside the calls, not within them.
 * - Neither shares a fetch between concurrent callers, nor heeds an abort signal.
 * - The credential has no way past MSAL's memory (MSAL's `forceRefresh` is not handed through), and the identity
 *   endpoint keeps tokens per resource for itself anyway and cannot be made to issue a new one. `fresh` therefore
 *   means "ask the SDK, not our memory": it yields another token as soon as there is one.
 *
 * The SDK's own `getBearerTokenProvider` does the remembering too, but leaves a rejection unhandled when a renewal in
 * the background fails for good, and that ends the process.
 */
export function managedIdentityTokenSource(settings: ManagedIdentitySettings): TokenSource {
  let last: AccessToken | undefined;
  let renewal: Promise<AccessToken> | undefined;
  const credential = managedIdentity(settings.clientId);

  const fetchToken = async (): Promise<AccessToken> => {
    try {
      const token = await credential.getToken(settings.scope);
      if (token !== null) return (last = token);
    } catch (error) {
      throw unavailable(settings, error);
    }
    throw unavailable(settings);
  };
  const renew = (): Promise<AccessToken> => (renewal ??= fetchToken().finally(() => (renewal = undefined)));

  return {
    async get(signal, { fresh = false } = {}) {
      const leftMs = last === undefined || fresh ? 0 : last.expiresOnTimestamp - Date.now();
      if (last === undefined || leftMs <= USABLE_BEFORE_EXPIRY_MS)
        return (await beforeAbort(renew(), signal)).token;
      // A renewal that fails here is tried again by the next call, and told by the one that has to wait for it.
      if (leftMs <= RENEW_BEFORE_EXPIRY_MS) renew().catch(() => undefined);
      return last.token;
    },
  };
}

/** The SDK's message holds the endpoint's words; of them only Entra's error number goes on (AADSTS500011, say). */
function unavailable({ scope, clientId }: ManagedIdentitySettings, error?: unknown): TokenUnavailableError {
  const number = error instanceof Error ? /AADSTS\d{1,10}/.exec(error.message)?.[0] : undefined;
  const identity = clientId === undefined ? 'The managed identity' : `The managed identity ${clientId}`;
  return new TokenUnavailableError(
    `${identity} got no token for ${scope}${number === undefined ? '' : ` (${number})`}: ` +
      'check that the identity is assigned to this app, its client id, and the scope.',
  );
}

function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
