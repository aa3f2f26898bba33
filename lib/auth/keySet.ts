import { type CryptoKey, type JWK, type JWSHeaderParameters, createLocalJWKSet, errors } from 'jose';
import { KeysUnavailableError } from './keyEndpoint.ts';

/** A key of the issuer's that no token can be verified with. */
export interface UnusableKey {
  /** As the issuer names it, cut and printable; absent where it has no name. */
  readonly kid?: string;
  /** For operators, without anything of the key. */
  readonly reason: string;
  /** Broken, rather than made for something else. */
  readonly broken: boolean;
}

/** An issuer's keys as they were fetched, without the unusable ones. */
export interface KeySet {
  /** @throws jose's own errors for a token that names no key of the set */
  readonly find: (header: JWSHeaderParameters) => Promise<CryptoKey>;
  readonly unusable: readonly UnusableKey[];
}

/** An issuer has two or three keys, the largest some twenty; each one is tried before the set is used. */
const MOST_KEYS = 100;
/** RFC 7518, sections 3.3 and 3.5, and what OpenSSL verifies with. */
const RSA_BITS = { least: 2_048, most: 16_384 };
/** What a public key is made of: RFC 7518, sections 6.2.1 and 6.3.1, and RFC 8037, section 2. */
const MEMBERS = new Map<unknown, readonly ('n' | 'e' | 'x' | 'y')[]>([
  ['RSA', ['n', 'e']],
  ['EC', ['x', 'y']],
  ['OKP', ['x']],
]);
const LONGEST_KID = 64;

/**
 * Reads a JWK Set (RFC 7517, section 5, which has unusable keys ignored), so that a key that the library or the runtime
 * refuses is found out now, and not by a token that names it.
 *
 * @param algorithms those that tokens may be signed with
 * @throws {@link KeysUnavailableError} for what is no key set
 */
export async function readKeySet(document: unknown, algorithms: readonly string[]): Promise<KeySet> {
  const usable: JWK[] = [];
  const unusable: UnusableKey[] = [];
  for (const key of keysOf(document)) {
    const fault = await faultOf(key, algorithms);
    if (fault === undefined) usable.push(key as JWK);
    else unusable.push({ ...nameOf(key), ...fault });
  }
  return { find: createLocalJWKSet({ keys: usable }), unusable };
}

function keysOf(document: unknown): readonly unknown[] {
  const { keys } = Object(document) as { readonly keys?: unknown };
  if (!Array.isArray(keys) || (keys.length > 0 && !keys.some(isJsonObject))) throw noSet('not a key set');
  if (keys.length > MOST_KEYS) throw noSet(`more than ${MOST_KEYS} keys`);
  return keys;
}

const noSet = (why: string): Error =>
  new KeysUnavailableError(`The signing keys cannot be fetched (${why}).`);

const isJsonObject = (value: unknown): value is JWK =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Fault = Omit<UnusableKey, 'kid'>;

const broken = (reason: string): Fault => ({ reason, broken: true });

/** Why a key is of no use; `undefined` where tokens can be verified with it. */
async function faultOf(key: unknown, algorithms: readonly string[]): Promise<Fault | undefined> {
  if (!isJsonObject(key)) return broken('It is not a JSON object.');
  // RFC 7517, section 4.5. No token could name it.
  if (key.kid !== undefined && typeof key.kid !== 'string') return broken('Its kid is not a string.');
  const find = createLocalJWKSet({ keys: [key] });
  for (const alg of algorithms) {
    try {
      const imported = await find({ alg });
      return memberFaultOf(key) ?? rsaFaultOf(imported);
    } catch (error) {
      // The set has this key only: it is not for this algorithm.
      if (!(error instanceof errors.JWKSNoMatchingKey))
        return memberFaultOf(key) ?? importFaultOf(key, error);
    }
  }
  const reason = 'It is not for signatures, or for none of the algorithms that are accepted.';
  return { reason, broken: false };
}

/** The runtime takes a number for a short string, and does not say what is missing. */
function memberFaultOf(key: JWK): Fault | undefined {
  const missing = MEMBERS.get(key.kty)?.find((name) => typeof key[name] !== 'string');
  return missing === undefined ? undefined : broken(`Its ${missing} is not a string.`);
}

function importFaultOf(key: JWK, error: unknown): Fault {
  if (error instanceof errors.JWKSInvalid)
    return broken('It is a private key: anybody who has read it can sign tokens. Replace it.');
  if (key.key_ops !== undefined && key.key_ops.length > 1)
    return broken('Its key_ops have more than verify, which a public key cannot do.');
  return broken(`Its values make no ${String(key.kty)} key.`);
}

/** What imports, and then fails with every signature, or succeeds with anybody's. */
function rsaFaultOf({ algorithm }: CryptoKey): Fault | undefined {
  const { modulusLength: bits, publicExponent } = algorithm as Partial<RsaParameters>;
  if (bits === undefined || publicExponent === undefined) return undefined;
  if (bits < RSA_BITS.least || bits > RSA_BITS.most)
    return broken(`An RSA key of ${bits} bits; from ${RSA_BITS.least} to ${RSA_BITS.most} are accepted.`);
  // RFC 8017, section 3.1: odd, and at least 3.
  const exponent = BigInt(`0x0${Buffer.from(publicExponent).toString('hex')}`);
  if (exponent < 3n || exponent % 2n === 0n)
    return broken('An RSA key with an exponent that is even or less than 3.');
  return undefined;
}

interface RsaParameters {
  readonly modulusLength: number;
  readonly publicExponent: Uint8Array;
}

/** The issuer's own words, for a log: short, and ASCII without control characters. */
function nameOf(key: unknown): { readonly kid?: string } {
  const { kid } = Object(key) as { readonly kid?: unknown };
  if (typeof kid !== 'string') return {};
  return { kid: kid.slice(0, LONGEST_KID).replaceAll(/[^\x20-\x7e]/gu, '?') };
}
