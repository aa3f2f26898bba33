import type { AccessToken } from '@azure/core-auth';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenSource } from './tokenSource.ts';

/** From here on to the token's expiry it is renewed beside the calls: an outage of some minutes costs no call. */
const RENEW_BEFORE_EXPIRY_MS = 5 * 60_000;
/** The same for a token that lives so shortly that it would always be in its last five minutes: half of its life. */
const RENEW_AT_SHARE = 1 / 2;

/** A token this close to its expiry could expire on its way (more than the longest fleet call): a new one is preferred. */
const OLD_BEFORE_EXPIRY_MS = 60_000;
const OLD_AT_SHARE = 1 / 10;

/** So long a call waits for the renewal of an old token, and then goes with the old one. */
const PATIENCE_MS = 500;

/** Not used any more: it would expire before the service looks at it. */
const EXPIRED_BEFORE_EXPIRY_MS = 1_000;

/** After a renewal that failed the next one is not begun before this, as long as the old token is good. */
const RENEWAL_PAUSE_MS = 3_000;

interface Held {
  readonly token: string;
  readonly renewAtMs: number;
  readonly oldAtMs: number;
  readonly expiredAtMs: number;
}

/**
 * Remembers the last token and uses it while it is good, whatever happens to its renewals. One fetch serves all callers
 * that wait for it, and outlives a caller that leaves. A token is renewed beside the calls, not within them; a renewal
 * that fails is heard here, and nobody else learns of it before the old token has expired.
 *
 * @param fetchToken must end by itself: whoever comes while it runs waits for it
 */
export function rememberedTokens(fetchToken: () => Promise<AccessToken>): TokenSource {
  let last: Held | undefined;
  let running: Promise<Held> | undefined;
  let pausedUntilMs = 0;
  const fetched = async (): Promise<Held> => {
    try {
      return (last = held(await fetchToken()));
    } catch (error) {
      pausedUntilMs = performance.now() + RENEWAL_PAUSE_MS;
      throw error;
    } finally {
      running = undefined;
    }
  };
  const fetchOnce = (): Promise<Held> => (running ??= fetched());
  const renew = async (): Promise<void> => {
    if (running === undefined && performance.now() < pausedUntilMs) return;
    await fetchOnce().catch(() => undefined);
  };

  return {
    async get(signal, { refused } = {}) {
      // Forgotten for good: where no other can be had, nobody is to believe that this one is any use.
      if (refused !== undefined && last?.token === refused) last = undefined;
      const known = last;
      const nowMs = Date.now();
      if (known === undefined || nowMs >= known.expiredAtMs)
        return (await beforeAbort(fetchOnce(), signal)).token;
      if (nowMs < known.renewAtMs) return known.token;
      const renewed = renew();
      if (nowMs >= known.oldAtMs)
        await Promise.race([renewed, delay(PATIENCE_MS, undefined, { ref: false })]);
      return (last ?? known).token;
    },
  };
}

function held({ token, expiresOnTimestamp }: AccessToken): Held {
  const lifeMs = expiresOnTimestamp - Date.now();
  return {
    token,
    renewAtMs: expiresOnTimestamp - Math.min(RENEW_BEFORE_EXPIRY_MS, lifeMs * RENEW_AT_SHARE),
    oldAtMs: expiresOnTimestamp - Math.min(OLD_BEFORE_EXPIRY_MS, lifeMs * OLD_AT_SHARE),
    expiredAtMs: expiresOnTimestamp - EXPIRED_BEFORE_EXPIRY_MS,
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
