import type { AccessToken } from '@azure/core-auth';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenSource } from './tokenSource.ts';

/** From here on to the token's expiry it is renewed beside the calls: an outage of some minutes costs no call. */
const RENEW_BEFORE_EXPIRY_MS = 5 * 60_000;

/**
 * A token this close to its expiry could expire on its way (more than the longest fleet call): a new one is preferred.
 */
const OLD_BEFORE_EXPIRY_MS = 60_000;

/** How long callers wait for a renewal, from its beginning; after that they use the old token. */
const PATIENCE_MS = 500;

/** A token with less time left is not used: it would expire before the service looks at it. */
const EXPIRED_BEFORE_EXPIRY_MS = 1_000;

/** How long after a failed renewal the next one begins, as long as the old token is good. */
const RENEWAL_PAUSE_MS = 3_000;

/**
 * Remembers the last token and uses it while it is good, whatever happens to its renewals. One fetch serves all callers
 * that wait for it, and outlives a caller that leaves. A token is renewed beside the calls, not within them; a renewal
 * that fails is handled here, and callers see a failure only once the old token has expired.
 *
 * @param fetchToken must end by itself: callers that come while it runs wait for it
 */
export function rememberedTokens(fetchToken: () => Promise<AccessToken>): TokenSource {
  let last: AccessToken | undefined;
  let running: Promise<AccessToken> | undefined;
  let startedMs = 0;
  let pausedUntilMs = 0;
  const fetched = async (): Promise<AccessToken> => {
    startedMs = performance.now();
    try {
      return (last = await fetchToken());
    } catch (error) {
      pausedUntilMs = performance.now() + RENEWAL_PAUSE_MS;
      throw error;
    }
  };
  const fetchOnce = (): Promise<AccessToken> => (running ??= fetched().finally(() => (running = undefined)));
  const renew = async (): Promise<void> => {
    if (running === undefined && performance.now() < pausedUntilMs) return;
    await fetchOnce().catch(() => undefined);
  };
  const patience = (): Promise<void> =>
    delay(Math.max(0, startedMs + PATIENCE_MS - performance.now()), undefined, { ref: false });

  return {
    async get(signal, { refused } = {}) {
      // Forgotten for good: if there is no other token, callers must not believe that this one is any use.
      if (refused !== undefined && last?.token === refused) last = undefined;
      const known = last;
      const leftMs = known === undefined ? 0 : known.expiresOnTimestamp - Date.now();
      if (known === undefined || leftMs <= EXPIRED_BEFORE_EXPIRY_MS)
        return (await beforeAbort(fetchOnce(), signal)).token;
      if (leftMs > RENEW_BEFORE_EXPIRY_MS) return known.token;
      const renewed = renew();
      if (leftMs <= OLD_BEFORE_EXPIRY_MS) await Promise.race([renewed, patience()]);
      return (last ?? known).token;
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
    void promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
