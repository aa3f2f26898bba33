import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { type HttpClient, createDefaultHttpClient } from '@azure/core-rest-pipeline';
import { setTimeout as delay } from 'node:timers/promises';
import { onceSuccessful } from '../once.ts';
import { rememberedTokens } from './remembered.ts';
import { type TokenSource, TokenUnavailableError } from './tokenSource.ts';

export interface ManagedIdentity {
  readonly scope: string;
  /** Absent: the system-assigned identity. */
  readonly clientId?: string | undefined;
}

/** One request to the identity endpoint, which is on the same machine. The credential sets no limit and takes none. */
const IDENTITY_REQUEST_TIMEOUT_MS = 5_000;

/** One fetch with its repeats and the pauses between them; callers that come meanwhile share it. */
const FETCH_TIMEOUT_MS = 10_000;

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
 * The SDK's own `getBearerTokenProvider`, and the policy by which its clients sign requests, do the remembering too,
 * but leave a rejection unhandled when a renewal in the background fails for good, and that ends the process.
 */
export function managedIdentityTokens(identity: ManagedIdentity): TokenSource {
  const loaded = onceSuccessful(() => load(identity.clientId));
  return rememberedTokens(async () => {
    const credential = await loaded();
    const token = await inTime(credential.getToken(identity.scope)).catch((error: unknown) => {
      throw unavailable(identity, error);
    });
    if (token === null) throw unavailable(identity);
    return token;
  });
}

/** Chosen explicitly. The package is large: it is loaded when the first token is needed, not with the app. */
async function load(clientId: string | undefined): Promise<TokenCredential> {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const options = {
    httpClient: timeLimited(createDefaultHttpClient()),
    // The endpoint is on this machine: what does not work within two quick repeats does not work.
    retryOptions: { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 },
  };
  return new ManagedIdentityCredential(clientId === undefined ? options : { ...options, clientId });
}

function timeLimited(client: HttpClient): HttpClient {
  return {
    sendRequest(request) {
      request.abortSignal = AbortSignal.timeout(IDENTITY_REQUEST_TIMEOUT_MS);
      return client.sendRequest(request);
    },
  };
}

/** The SDK waits as long as a Retry-After asks for. */
function inTime(fetched: Promise<AccessToken | null>): Promise<AccessToken | null> {
  return Promise.race([fetched, delay(FETCH_TIMEOUT_MS, null, { ref: false })]);
}

/** The SDK's message holds the endpoint's words; of them only Entra's error number goes on (AADSTS500011, say). */
function unavailable({ scope, clientId }: ManagedIdentity, error?: unknown): TokenUnavailableError {
  const code = error instanceof Error ? /AADSTS\d{1,10}/.exec(error.message)?.[0] : undefined;
  const identity = clientId === undefined ? 'The managed identity' : `The managed identity ${clientId}`;
  return new TokenUnavailableError(
    `${identity} got no token for ${scope}${code === undefined ? '' : ` (${code})`}: ` +
      'check that the identity is assigned to this app, its client id, and the scope.',
    { code },
  );
}
