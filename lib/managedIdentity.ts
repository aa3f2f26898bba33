import type { TokenCredential } from '@azure/core-auth';
import { type HttpClient, createDefaultHttpClient } from '@azure/core-rest-pipeline';
import { onceSuccessful } from './once.ts';

/** One request to the identity endpoint, which is on the same machine. The credential sets no limit and takes none. */
const IDENTITY_REQUEST_TIMEOUT_MS = 5_000;

/**
 * The credential of the app's managed identity, chosen explicitly; absent `clientId`: the system-assigned one. The
 * package is large: it is loaded when the first token is needed, not with the app.
 */
export function managedIdentity(clientId: string | undefined): TokenCredential {
  const loaded = onceSuccessful(() => load(clientId));
  return { getToken: async (scopes, options) => (await loaded()).getToken(scopes, options) };
}

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
