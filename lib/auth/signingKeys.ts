import { type CryptoKey, type JWSHeaderParameters, errors } from 'jose';
import type { Clock } from '../clock.ts';
import type { EventSink } from '../events.ts';
import { type KeyEndpoint, fetchKeys } from './keyEndpoint.ts';
import { type KeySet, readKeySet } from './keySet.ts';

interface SigningKeyOptions extends KeyEndpoint {
  /** Those that tokens may be signed with. */
  readonly algorithms: readonly string[];
}

/**
 * Finds the key of a token by the token's header.
 *
 * @param emit receives the unusable keys if this call is the one that fetches
 * @throws KeysUnavailableError, or jose's own errors for a token that names no key
 */
export type SigningKeys = (header: JWSHeaderParameters, emit: EventSink) => Promise<CryptoKey>;

/** Keys are fetched anew after this time, so that a withdrawn one stops working. */
const KEYS_MAX_AGE_MS = 10 * 60_000;
/** An unknown `kid` may be a new key, or an attack: the keys are fetched for it at most this often. */
const COOLDOWN_MS = 30_000;
/** The same after a failure; shorter, because nobody gets in meanwhile. */
const FAILURE_COOLDOWN_MS = 5_000;
/** For the whole fetch: callers that come meanwhile wait for the rest of it. */
const FETCH_TIMEOUT_MS = 5_000;

/**
 * The issuer's signing keys, fetched when first needed and remembered.
 *
 * Not jose's `createRemoteJWKSet`: that counts on the wall clock, which may be set, and paces only what it fetched with
 * success, so that a failing endpoint would be asked once for every token.
 */
export function signingKeys({ algorithms, ...endpoint }: SigningKeyOptions, clock: Clock): SigningKeys {
  const fetchSet = async (emit: EventSink): Promise<KeySet> => {
    const document = await fetchKeys(endpoint, clock.timeout(FETCH_TIMEOUT_MS));
    const set = await readKeySet(document, algorithms);
    for (const { broken, ...key } of set.unusable)
      emit(broken ? 'warn' : 'info', { event: 'auth.unusable-key', ...key });
    return set;
  };
  const remembered = rememberedSet(fetchSet, clock);
  return async (header, emit) => {
    const known = remembered.youngerThan(KEYS_MAX_AGE_MS) ?? (await remembered.renewed(emit));
    try {
      return await known.find(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const recent = remembered.youngerThan(COOLDOWN_MS) ?? (await remembered.renewed(emit));
      if (recent === known) throw error;
      return recent.find(header);
    }
  };
}

interface RememberedSet {
  youngerThan(ageMs: number): KeySet | undefined;
  /** One fetch serves all who wait for it; one that failed is not repeated for a while, but fails again. */
  renewed(emit: EventSink): Promise<KeySet>;
}

function rememberedSet(fetchSet: (emit: EventSink) => Promise<KeySet>, clock: Clock): RememberedSet {
  let last: { readonly set: KeySet; readonly atMs: number } | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  let renewal: Promise<KeySet> | undefined;
  const ageMs = ({ atMs }: { readonly atMs: number }): number => clock.monotonicMs() - atMs;

  const renew = async (emit: EventSink): Promise<KeySet> => {
    // As old as the question: a key that is withdrawn while the answer is on its way is not believed for longer.
    const atMs = clock.monotonicMs();
    try {
      const set = await fetchSet(emit);
      last = { set, atMs };
      return set;
    } catch (error) {
      failed = { error, atMs: clock.monotonicMs() };
      throw error;
    } finally {
      renewal = undefined;
    }
  };
  return {
    youngerThan: (limitMs) => (last !== undefined && ageMs(last) < limitMs ? last.set : undefined),
    async renewed(emit) {
      if (failed !== undefined && ageMs(failed) < FAILURE_COOLDOWN_MS) throw failed.error;
      return (renewal ??= renew(emit));
    },
  };
}
