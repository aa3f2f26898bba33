import {
  type CryptoKey,
  type FetchImplementation,
  type JWTVerifyGetKey,
  createRemoteJWKSet,
  customFetch,
  errors,
} from 'jose';
import type { Clock } from '../clock.ts';
import { checkedEndpoint } from '../endpoint.ts';

interface SigningKeyOptions {
  readonly issuer: string;
  /** Absent: looked up at the issuer (OpenID Connect Discovery 1.0, section 4), each time the keys are fetched. */
  readonly jwksUri?: string | undefined;
}

/** The keys cannot be had: nothing is known of the token. The message is for operators, without upstream text. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** Keys are fetched anew after so long, so that a withdrawn one stops working. */
const KEYS_MAX_AGE_MS = 10 * 60_000;
/** An unknown `kid` may be a new key, or an attack: the keys are fetched for it at most this often. */
const COOLDOWN_MS = 30_000;
/** After a failure, likewise: shorter, because meanwhile nobody gets in. */
const FAILURE_COOLDOWN_MS = 5_000;
const FETCH_TIMEOUT_MS = 5_000;

type Resolve = JWTVerifyGetKey<CryptoKey>;

/**
 * The issuer's signing keys, fetched when first needed and remembered.
 *
 * @returns a resolver that throws {@link KeysUnavailableError}, or jose's own errors for a token that names no key
 */
export function signingKeys({ issuer, jwksUri }: SigningKeyOptions, clock: Clock): Resolve {
  const fetchKeys = jwksUri === undefined ? discovering(issuer) : fetchOk;
  const keys = createRemoteJWKSet(new URL(jwksUri ?? discoveryUrl(issuer)), {
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
    [customFetch]: pausingAfterFailure(fetchKeys, clock),
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      throw isAboutTheToken(error) ? error : unavailable(error);
    }
  };
}

/** jose paces fetches after one that succeeded; a failing endpoint would be asked once for every token. */
function pausingAfterFailure(fetchKeys: FetchImplementation, clock: Clock): FetchImplementation {
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  return async (url, options) => {
    if (failed !== undefined && clock.monotonicMs() - failed.atMs < FAILURE_COOLDOWN_MS) throw failed.error;
    try {
      const response = await fetchKeys(url, options);
      failed = undefined;
      return response;
    } catch (error) {
      failed = { error, atMs: clock.monotonicMs() };
      throw error;
    }
  };
}

const discoveryUrl = (issuer: string): string =>
  `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;

/** Fetches the issuer's metadata and then the keys it names: an issuer that moves them is followed. */
function discovering(issuer: string): FetchImplementation {
  return async (url, options) => {
    const metadata = (await (await fetchOk(url, options)).json()) as Readonly<Record<string, unknown>> | null;
    // Section 4.3: it must be this issuer's own.
    if (metadata?.['issuer'] !== issuer) throw new KeysUnavailableError('The metadata is of another issuer.');
    const jwksUri = String(metadata['jwks_uri']);
    // What the metadata says is not the operator's word: over plain http anybody on the way could swap the keys.
    checkedEndpoint(jwksUri.replace(/\?.*$/s, ''), 'The jwks_uri of the issuer');
    return fetchOk(jwksUri, options);
  };
}

const fetchOk: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (response.status === 200) return response;
  await response.body?.cancel();
  throw new KeysUnavailableError(`The answer has status ${response.status}.`);
};

function isAboutTheToken(error: unknown): boolean {
  return [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
    (kind) => error instanceof kind,
  );
}

/** Only our own words and stable codes: other messages may hold what the endpoint wrote. */
function unavailable(error: unknown): KeysUnavailableError {
  if (error instanceof KeysUnavailableError) return error;
  return new KeysUnavailableError(`The signing keys cannot be fetched (${codeOf(error)}).`, { cause: error });
}

/** `fetch` hides the network's code in its cause. */
function codeOf(error: unknown): string {
  const { code, name, cause } = Object(error) as Readonly<Record<'code' | 'name' | 'cause', unknown>>;
  if (code === undefined && cause !== undefined) return codeOf(cause);
  return String(code ?? name);
}
