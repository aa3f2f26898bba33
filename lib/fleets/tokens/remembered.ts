import type { AccessToken } from '@azure/core-auth';
import type { TokenSource } from './tokenSource.ts';

/** From here on to the token's expiry it is renewed: renewals may fail for some minutes before a call has to wait. */
const RENEW_BEFORE_EXPIRY_MS = 5 * 60_000;

/** A token this close to its expiry could expire on its way: more than the longest fleet call. */
const USABLE_BEFORE_EXPIRY_MS = 60_000;

/**
 * Remembers the last token and uses it while it is good. One fetch serves all callers that wait for it, and outlives a
 * caller that leaves. A token is renewed beside the calls, not within them, until it is so old that they have to wait.
 */
export function rememberedTokens(fetchToken: () => Promise<AccessToken>): TokenSource {
  let last: AccessToken | undefined;
  let renewal: Promise<AccessToken> | undefined;
  const renew = (): Promise<AccessToken> =>
    (renewal ??= fetchToken()
      .then((token) => (last = token))
      .finally(() => (renewal = undefined)));

  return {
    async get(signal, { refused } = {}) {
      // Forgotten for good: where no other can be had, nobody is to believe that this one is any use.
      if (refused !== undefined && last?.token === refused) last = undefined;
      const leftMs = last === undefined ? 0 : last.expiresOnTimestamp - Date.now();
      if (last === undefined || leftMs <= USABLE_BEFORE_EXPIRY_MS)
        return (await beforeAbort(renew(), signal)).token;
      // A renewal that fails here is tried again by the next call, and told by the one that has to wait for it.
      if (leftMs <= RENEW_BEFORE_EXPIRY_MS) renew().catch(() => undefined);
      return last.token;
    },
  };
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
