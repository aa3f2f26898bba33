/** Keys of an issuer that nothing can be verified with: as if they were not there, and the operators know which. */
import { generateKeyPairSync } from 'node:crypto';
import { type JWK, base64url } from 'jose';
import { tokenOf } from '../../../local/issuer.ts';
import { TokenCaller } from '../../support/tokenCaller.ts';

const REFUSED = { code: 'unauthenticated' };
const GOOD = { subject: 'player-1' };

let caller: TokenCaller;

beforeEach(async () => {
  caller = await TokenCaller.start();
});

afterEach(() => caller.stop());

/** Made once: it takes longer than most tests. */
const usual = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const rsa = (modulusLength = 2_048): JWK =>
  (modulusLength === 2_048 ? usual : generateKeyPairSync('rsa', { modulusLength })).publicKey.export({
    format: 'jwk',
  });
const privateRsa = (): JWK => usual.privateKey.export({ format: 'jwk' });
const ec = (namedCurve = 'P-256'): JWK =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
const ed25519 = (): JWK => generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const bytes = (length: number, value: number): string => base64url.encode(Buffer.alloc(length, value));

function without(jwk: JWK, ...names: string[]): object {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));
}

/** A token that names a key, signed by nobody: the key is looked for before the signature is. */
function naming(header: object): string {
  return `Bearer ${base64url.encode(JSON.stringify(header))}.${base64url.encode('{}')}.${bytes(256, 1)}`;
}

const bearer = async (header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  `Bearer ${await tokenOf(caller.issuer, { header })}`;

const NO_KEY = { level: 'info', event: 'auth.refused', reason: 'ERR_JWKS_NO_MATCHING_KEY' };
const SHORT = (bits: number): string => `An RSA key of ${bits} bits; from 2048 to 16384 are accepted.`;
const invalid = (kty: string): string => `Its values make no ${kty} key.`;
const noString = (member: string): string => `Its ${member} is not a string.`;
const OTHER = 'It is not for signatures, or for none of the algorithms that are accepted.';
const PRIVATE = 'It is a private key: anybody who has read it can sign tokens. Replace it.';
const USAGE = 'Its key_ops have more than verify, which a public key cannot do.';

describe('a key that cannot verify', () => {
  it.each<[string, string, () => object, string]>([
    ['RSA of 1024 bits', 'RS256', () => rsa(1_024), SHORT(1_024)],
    ['RSA of 2028 bits', 'PS512', () => rsa(2_028), SHORT(2_028)],
    ['RSA of 32768 bits', 'RS256', () => ({ ...rsa(), n: bytes(4_096, 255) }), SHORT(32_768)],
    ['RSA whose n is a number', 'RS256', () => ({ ...rsa(), n: 7 }), noString('n')],
    ['RSA whose n is null', 'RS256', () => ({ ...rsa(), n: null }), noString('n')],
    ['RSA whose n is empty', 'RS256', () => ({ ...rsa(), n: '' }), SHORT(0)],
    ['RSA without n', 'RS256', () => without(rsa(), 'n'), noString('n')],
    ['RSA without e', 'RS256', () => without(rsa(), 'e'), noString('e')],
    [
      'RSA with an empty e',
      'RS256',
      () => ({ ...rsa(), e: '' }),
      'An RSA key with an exponent that is even or less than 3.',
    ],
    [
      'RSA with e 1',
      'RS256',
      () => ({ ...rsa(), e: 'AQ' }),
      'An RSA key with an exponent that is even or less than 3.',
    ],
    [
      'RSA with e 2',
      'RS256',
      () => ({ ...rsa(), e: 'Ag' }),
      'An RSA key with an exponent that is even or less than 3.',
    ],
    ['RSA with odd primes', 'RS256', () => ({ ...rsa(), oth: 7 }), invalid('RSA')],
    ['a private RSA key', 'RS256', () => privateRsa(), PRIVATE],
    ['half a private RSA key', 'RS256', () => ({ ...rsa(), d: 'AA' }), invalid('RSA')],
    ['EC off its curve', 'ES256', () => ({ ...ec(), y: bytes(32, 7) }), invalid('EC')],
    ['EC at infinity', 'ES256', () => ({ ...ec(), x: bytes(32, 0), y: bytes(32, 0) }), invalid('EC')],
    ['EC too short', 'ES256', () => ({ ...ec(), x: 'AAAA' }), invalid('EC')],
    ['EC without y', 'ES256', () => without(ec(), 'y'), noString('y')],
    ['EC whose x is a number', 'ES256', () => ({ ...ec(), x: 7 }), noString('x')],
    ['EC of another curve than it says', 'ES384', () => ({ ...ec(), crv: 'P-384' }), invalid('EC')],
    ['OKP too short', 'EdDSA', () => ({ ...ed25519(), x: 'AAAA' }), invalid('OKP')],
    ['OKP too long', 'Ed25519', () => ({ ...ed25519(), x: bytes(33, 7) }), invalid('OKP')],
    ['OKP without x', 'EdDSA', () => without(ed25519(), 'x'), noString('x')],
    ['key_ops with signing', 'RS256', () => ({ ...rsa(), key_ops: ['sign', 'verify'] }), USAGE],
    ['key_ops with an unknown one', 'ES256', () => ({ ...ec(), key_ops: ['verify', 'fly'] }), USAGE],
  ])('%s', async (_name, alg, key, reason) => {
    await expectAbsent({ ...key(), kid: 'bad' }, alg, { level: 'warn', reason });
  });

  it.each<[string, string, () => object]>([
    ['for encryption', 'RS256', () => ({ ...rsa(), use: 'enc' })],
    ['with a use that is no string', 'RS256', () => ({ ...rsa(), use: 7 })],
    ['with key_ops without verify', 'RS256', () => ({ ...rsa(), key_ops: ['encrypt'] })],
    ['with key_ops that are no list', 'RS256', () => ({ ...rsa(), key_ops: 'verify' })],
    ['with key_ops twice', 'RS256', () => ({ ...rsa(), key_ops: ['verify', 'verify'] })],
    ['with an ext that is no boolean', 'RS256', () => ({ ...rsa(), ext: 'true' })],
    ['for an algorithm of another kty', 'RS256', () => ({ ...ec(), alg: 'RS256' })],
    ['with an alg that is no string', 'RS256', () => ({ ...rsa(), alg: 7 })],
    ['of a curve that is not accepted', 'ES256', () => ec('secp256k1')],
    ['for key agreement', 'EdDSA', () => ({ ...ed25519(), crv: 'X25519' })],
    ['of a kty that nobody knows', 'RS256', () => ({ kty: 'QKD' })],
    ['of a kty that is no string', 'RS256', () => ({ ...rsa(), kty: ['RSA'] })],
    ['without anything', 'RS256', () => ({})],
    ['shared', 'RS256', () => ({ kty: 'oct', k: bytes(32, 7) })],
  ])('a key %s', async (_name, alg, key) => {
    await expectAbsent({ ...key(), kid: 'bad' }, alg, { level: 'info', reason: OTHER });
  });

  /** It is refused like an unknown one, the others go on working, and the operators know, once. */
  async function expectAbsent(bad: object, alg: string, about: object): Promise<void> {
    const authenticate = caller.instance();
    caller.serve([bad, caller.issuer.publicJwk]);
    expect(await authenticate(naming({ alg, kid: 'bad' }))).toMatchObject(REFUSED);
    expect(await authenticate(naming({ alg, kid: 'bad' }))).toMatchObject(REFUSED);
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    expect(caller.events).toEqual([{ event: 'auth.unusable-key', kid: 'bad', ...about }, NO_KEY, NO_KEY]);
    expect(caller.issuer.requests).toEqual(['/keys']);
  }
});

describe('beside a good key', () => {
  it.each<[string, unknown, object]>([
    ['null', null, { reason: 'It is not a JSON object.' }],
    ['a string', 'k2', { reason: 'It is not a JSON object.' }],
    ['a list', [rsa()], { reason: 'It is not a JSON object.' }],
    ['a key whose kid is a number', { ...rsa(), kid: 7 }, { reason: 'Its kid is not a string.' }],
    ['a key without kid', rsa(1_024), { reason: SHORT(1_024) }],
  ])('%s is not there', async (_name, bad, about) => {
    const authenticate = caller.instance();
    caller.serve([bad, caller.issuer.publicJwk]);
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    expect(await authenticate(await bearer({ kid: undefined }))).toMatchObject(GOOD);
    expect(caller.events).toEqual([{ level: 'warn', event: 'auth.unusable-key', ...about }]);
  });

  it('one of the same kid is not there', async () => {
    caller.serve([{ ...rsa(1_024), kid: 'k1' }, caller.issuer.publicJwk]);
    expect(await caller.instance()(await bearer())).toMatchObject(GOOD);
  });

  it('a token names a key by a kid that is a string', async () => {
    caller.serve([caller.issuer.publicJwk]);
    const authenticate = caller.instance();
    for (const kid of [7, null, ['k1'], {}])
      expect(await authenticate(naming({ alg: 'RS256', kid }))).toMatchObject(REFUSED);
  });
});

it('a set of nothing else is a set: no key is there, and no outage', async () => {
  caller.serve([{ ...rsa(1_024), kid: 'bad' }]);
  expect(await caller.instance()(naming({ alg: 'RS256', kid: 'bad' }))).toMatchObject(REFUSED);
});

it('a key whose algorithm the settings leave out is one for something else', async () => {
  caller.serve([caller.issuer.publicJwk]);
  expect(await caller.instance({ algorithms: ['ES256'] })(naming({ alg: 'ES256', kid: 'k1' }))).toMatchObject(
    REFUSED,
  );
  expect(caller.events).toEqual([
    { level: 'info', event: 'auth.unusable-key', kid: 'k1', reason: OTHER },
    NO_KEY,
  ]);
});

it('each fetched set is reported once, however many callers waited for it', async () => {
  const authenticate = caller.instance();
  caller.serve([{ ...rsa(1_024), kid: 'bad' }, caller.issuer.publicJwk]);
  const reported = (): number => caller.events.filter(({ event }) => event === 'auth.unusable-key').length;
  const token = await bearer();
  await Promise.all(Array.from({ length: 50 }, () => authenticate(token)));
  await authenticate(naming({ alg: 'RS256', kid: 'bad' }));
  expect(reported()).toBe(1);
  await caller.pass(30_000);
  await authenticate(naming({ alg: 'RS256', kid: 'bad' }));
  expect(caller.issuer.requests).toEqual(['/keys', '/keys']);
  expect(reported()).toBe(2);
});

it.each([
  ['a\r\nb\u0000\u001b[31m\u0085\u202e', 'a??b??[31m??'],
  ['\ud800x', '?x'],
  ['schlüssel-😀', 'schl?ssel-?'],
  [`${'k'.repeat(63)}😀tail`, `${'k'.repeat(63)}?`],
  ['k'.repeat(5_000), 'k'.repeat(64)],
])('a kid is cut and printable: %j', async (kid, shown) => {
  caller.serve([{ ...rsa(1_024), kid }, caller.issuer.publicJwk]);
  expect(await caller.instance()(await bearer())).toMatchObject(GOOD);
  expect(caller.events).toMatchObject([{ event: 'auth.unusable-key', kid: shown }]);
});

it('says nothing of the key itself', async () => {
  const secret = { ...privateRsa(), kid: 'bad', note: 'upstream words' };
  caller.serve([secret, { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' }, caller.issuer.publicJwk]);
  await caller.instance()(await bearer());
  const told = JSON.stringify(caller.events);
  expect(caller.events).toHaveLength(2);
  for (const word of [secret.d, secret.n, 'upstream words', 'c2VjcmV0']) expect(told).not.toContain(word);
});
