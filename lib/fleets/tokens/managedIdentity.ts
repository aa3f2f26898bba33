import { type TokenSettings, type TokenSource, TokenUnavailableError } from './tokenSource.ts';
import { managedIdentity } from '../../managedIdentity.ts';
import { rememberedTokens } from './remembered.ts';

type ManagedIdentitySettings = Extract<TokenSettings, { kind: 'managed-identity' }>;

/**
 * Tokens of the app's managed identity, by the Azure SDK. The credential fetches them and MSAL keeps them, for all
 * credentials of the process; why they are remembered here as well, found by reading @azure/identity 4.13 and
 * @azure/msal-node 5.6:
 *
 * - Past half of a token's life MSAL renews it within the call, and fails when that fails although the token is good
 *   for hours.
 * - Neither shares a fetch between concurrent callers, nor heeds an abort signal.
 * - MSAL answers from its own memory until five minutes before the expiry: asking it earlier gets the same token again.
 *   There is no way past that memory (MSAL's `forceRefresh` is not handed through), and the identity endpoint keeps
 *   tokens per resource for itself anyway and cannot be made to issue a new one. After a refusal the SDK is asked, not
 *   our memory: that yields another token as soon as there is one.
 *
 * The SDK's own `getBearerTokenProvider` does the remembering too, but leaves a rejection unhandled when a renewal in
 * the background fails for good, and that ends the process.
 */
export function managedIdentityTokenSource(settings: ManagedIdentitySettings): TokenSource {
  const credential = managedIdentity(settings.clientId);
  return rememberedTokens(async () => {
    const token = await credential.getToken(settings.scope).catch((error: unknown) => {
      throw unavailable(settings, error);
    });
    if (token === null) throw unavailable(settings);
    return token;
  });
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
