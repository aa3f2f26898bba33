/** Tokens against real keys from a real server: the good one gets in, and every known attack is refused. */
import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  type CryptoKey,
  base64url,
  exportJWK,
  exportSPKI,
  FlattenedSign,
  generateKeyPair,
  importJWK,
} from 'jose';
import type { Caller, AuthSettings } from '../../../lib/auth/authenticator.ts';
import { createAuthenticator } from '../../../lib/auth/createAuthenticator.ts';
import type { Problem } from '../../../lib/contract/problem.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { VirtualClock } from '../../support/virtualClock.ts';
import { type Issuer, type TokenOptions, AUDIENCE, startIssuer, tokenOf } from '../../../local/issuer.ts';

let issuer: Issuer;
let clock: VirtualClock;
let events: BrokerEvent[];
let nowMs: number;

beforeEach(async () => {
  issuer = await startIssuer();
  nowMs = Date.parse('2026-11-22T08:15:30.000Z');
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
  clock = new VirtualClock('2026-11-22T08:15:30.000Z');
  events = [];
});

afterEach(async () => {
  jest.restoreAllMocks();
  await issuer.close();
});

type JwtSettings = Extract<AuthSettings, { mode: 'jwt' }>;

/** The keys are where the issuer says. */
const DISCOVERED = { jwksUri: undefined };

/** One instance of the broker, which has fetched no keys yet. */
function instance(
  settings: Partial<Record<keyof JwtSettings, unknown>> = {},
): (authorization: string | null) => Promise<Caller | Problem> {
  const authenticator = createAuthenticator(
    {
      mode: 'jwt',
      issuer: issuer.url,
      audience: AUDIENCE,
      jwksUri: issuer.jwksUri,
      ...settings,
    } as JwtSettings,
    clock,
  );
  return (authorization) =>
    authenticator
      .authenticate({ get: (name) => (name === 'authorization' ? authorization : null) }, (_level, event) =>
        events.push(event),
      )
      .catch((problem: unknown) => problem as Problem);
}

const bearer = async (options?: TokenOptions): Promise<string> => `Bearer ${await tokenOf(issuer, options)}`;

const REFUSED = { code: 'unauthenticated', detail: 'Send a valid token: Authorization: Bearer <token>.' };

/** Both clocks, that of the keys' cache and that of the broker, go on. */
async function pass(ms: number): Promise<void> {
  nowMs += ms;
  await clock.advance(ms);
}

describe('a good token', () => {
  it('tells who is calling', async () => {
    expect(await instance()(await bearer())).toEqual({ issuer: issuer.url, subject: 'player-1', ticket: {} });
    expect(events).toEqual([]);
  });

  it.each(['bearer', 'BEARER', 'Bearer '])('may follow the scheme %j', async (scheme) => {
    expect(await instance()(`${scheme} ${await tokenOf(issuer)}`)).toMatchObject({ subject: 'player-1' });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'application/jwt', 'JOSE', undefined])(
    'may call itself %j',
    async (typ) => {
      expect(await instance()(await bearer({ header: { typ } }))).toMatchObject({ subject: 'player-1' });
    },
  );

  it('may be for several audiences', async () => {
    const token = await bearer({ claims: { aud: ['other', AUDIENCE] } });
    expect(await instance()(token)).toMatchObject({ subject: 'player-1' });
  });

  it('has no subject to speak of where it names none', async () => {
    expect(await instance()(await bearer({ without: ['sub'] }))).toEqual({ issuer: issuer.url, ticket: {} });
  });

  it('is believed from its issuer alone, whose keys are discovered', async () => {
    const authenticate = instance(DISCOVERED);
    expect(await authenticate(await bearer())).toMatchObject({ subject: 'player-1' });
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('may be 60 seconds past its time, because clocks differ, and no more', async () => {
    const authenticate = instance();
    const token = await bearer();
    await pass(359_000);
    expect(await authenticate(token)).toMatchObject({ subject: 'player-1' });
    await pass(1_000);
    expect(await authenticate(token)).toMatchObject(REFUSED);
  });

  it.each(['ES256', 'EdDSA', 'PS256'])('may be signed with %s', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k2' };
    issuer.answers.set('/keys', (_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    const token = await bearer({ header: { alg, kid: 'k2' }, key: privateKey });
    expect(await instance()(token)).toMatchObject({ subject: 'player-1' });
  });
});

describe('the claim whose holders may end sessions', () => {
  const endClaim = { name: 'roles', value: 'backend' };
  const mayEnd = async (settings: Partial<JwtSettings>, claims: object): Promise<unknown> =>
    ((await instance(settings)(await bearer({ claims: { ...claims } }))) as Caller).mayEnd;

  it.each([
    [{ roles: 'backend' }, true],
    [{ roles: ['player', 'backend'] }, true],
    [{ roles: 'player' }, undefined],
    [{}, undefined],
  ])('of %j: %s', async (claims, may) => {
    expect(await mayEnd({ endClaim }, claims)).toBe(may);
  });

  it('is nobody’s where none is named', async () => {
    expect(await mayEnd({}, { roles: 'backend' })).toBeUndefined();
  });
});

describe('its ticket', () => {
  const ticketOf = async (settings: Partial<JwtSettings>, claims: object): Promise<unknown> =>
    ((await instance(settings)(await bearer({ claims: { ...claims } }))) as Caller).ticket;

  it('names the session, in lower case, and the game mode', async () => {
    const claims = { session: '3536D3E6-E85D-4F47-B898-9617D19DABCD', 'https://game.example/mode': 'duel' };
    const settings = { sessionClaim: 'session', gameModeClaim: 'https://game.example/mode' };
    expect(await ticketOf(settings, claims)).toEqual({
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      gameMode: 'duel',
    });
  });

  it('names the session in its canonical spelling, whatever the token spells', async () => {
    const claims = { session: '{3536D3E6E85D4F47B8989617D19DABCD}' };
    expect(await ticketOf({ sessionClaim: 'session' }, claims)).toEqual({
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
    });
  });

  it.each([
    {},
    { session: 7 },
    { session: 'match-1' },
    { session: null },
    { session: ['3536d3e6-e85d-4f47-b898-9617d19dabcd'] },
  ])('of %j is for no session', async (claims) => {
    expect(await ticketOf({ sessionClaim: 'session' }, claims)).toEqual({ sessionId: '' });
  });

  it('does not come from the prototype of the claims', async () => {
    expect(await ticketOf({ sessionClaim: 'toString', gameModeClaim: '__proto__' }, {})).toEqual({
      sessionId: '',
      gameMode: '',
    });
  });
});

/** Every attack, and the reason that operators are told. */
describe('refuses', () => {
  const NOW = Date.parse('2026-11-22T08:15:30.000Z') / 1_000;
  const part = (value: object): string => base64url.encode(JSON.stringify(value));
  const claims = (): object => ({ iss: issuer.url, aud: AUDIENCE, sub: 'p', exp: NOW + 300 });

  const attacks: [string, () => Promise<string> | string, string][] = [
    ['alg none', () => `Bearer ${part({ alg: 'none' })}.${part(claims())}.`, 'no bearer token'],
    [
      'alg none with a signature',
      () => `Bearer ${part({ alg: 'none' })}.${part(claims())}.AAAA`,
      'ERR_JOSE_ALG_NOT_ALLOWED',
    ],
    ['HS256 with the public key as secret', hmacWithPublicKey, 'ERR_JOSE_ALG_NOT_ALLOWED'],
    [
      'another issuer',
      () => bearer({ claims: { iss: 'https://evil.example/' } }),
      'ERR_JWT_CLAIM_VALIDATION_FAILED (iss)',
    ],
    ['another audience', () => bearer({ claims: { aud: 'other' } }), 'ERR_JWT_CLAIM_VALIDATION_FAILED (aud)'],
    ['expired', () => bearer({ claims: { exp: NOW - 61 } }), 'ERR_JWT_EXPIRED'],
    ['not yet valid', () => bearer({ claims: { nbf: NOW + 61 } }), 'ERR_JWT_CLAIM_VALIDATION_FAILED (nbf)'],
    ['no exp', () => bearer({ without: ['exp'] }), 'ERR_JWT_CLAIM_VALIDATION_FAILED (exp)'],
    [
      'exp that is no number',
      () => bearer({ claims: { exp: '9999999999' as unknown as number } }),
      'ERR_JWT_CLAIM_VALIDATION_FAILED (exp)',
    ],
    ['no issuer', () => bearer({ without: ['iss'] }), 'ERR_JWT_CLAIM_VALIDATION_FAILED (iss)'],
    ['no audience', () => bearer({ without: ['aud'] }), 'ERR_JWT_CLAIM_VALIDATION_FAILED (aud)'],
    ['an unknown kid', () => bearer({ header: { kid: 'k9' } }), 'ERR_JWKS_NO_MATCHING_KEY'],
    [
      'a kid with path characters',
      () => bearer({ header: { kid: '../../keys/k1' } }),
      'ERR_JWKS_NO_MATCHING_KEY',
    ],
    [
      'a kid with SQL and control characters',
      () => bearer({ header: { kid: "k1' OR 1=1 --\r\n\0" } }),
      'ERR_JWKS_NO_MATCHING_KEY',
    ],
    [
      'another key under the known kid',
      async () => bearer({ key: (await generateKeyPair('RS256')).privateKey }),
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ],
    ['a key that the token brings itself', bringsItsKey, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    [
      'a jku to fetch the key from',
      () => bearer({ header: { kid: 'k9', jku: `${issuer.url}evil` } }),
      'ERR_JWKS_NO_MATCHING_KEY',
    ],
    ['an unknown critical header', unknownCritical, 'ERR_JOSE_NOT_SUPPORTED'],
    ['an unencoded payload', unencodedPayload, 'no bearer token'],
    ['two signatures', twoSignatures, 'no bearer token'],
    ['a fourth part', async () => `${await bearer()}.AAAA`, 'no bearer token'],
    ['a token cut off', async () => (await bearer()).slice(0, -8), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['claims changed after signing', changedClaims, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['64 KiB of token', () => bearer({ claims: { filler: 'x'.repeat(48 * 1_024) } }), 'no bearer token'],
    ['two Authorization headers', async () => `${await bearer()}, ${await bearer()}`, 'no bearer token'],
    ['another scheme', async () => (await bearer()).replace('Bearer', 'Basic'), 'no bearer token'],
    ['no scheme', () => tokenOf(issuer), 'no bearer token'],
    ['no token', () => 'Bearer ', 'no bearer token'],
    ...[
      'logout+jwt',
      'secevent+jwt',
      'dpop+jwt',
      'application/secevent+jwt',
      'LOGOUT+JWT',
      'token-introspection+jwt',
      'oauth-authz-req+jwt',
      'client-authentication+jwt',
      'dc+sd-jwt',
      'vc+jwt',
      'passport',
      'ticket+jwt',
      'text/jwt',
      'application/application/jwt',
      ' JWT',
      '',
      7,
      null,
      ['JWT'],
    ].map((typ): [string, () => Promise<string>, string] => [
      `a token that calls itself ${JSON.stringify(typ)}`,
      () => bearer({ header: { typ } }),
      'ERR_JWT_CLAIM_VALIDATION_FAILED (typ)',
    ]),
    ['base64 that is not of JSON', () => 'Bearer AAAA.AAAA.AAAA', 'ERR_JWS_INVALID'],
  ];

  it.each(attacks)('%s', async (_name, attack, reason) => {
    expect(await instance()(await attack())).toMatchObject(REFUSED);
    expect(events).toEqual([{ event: 'auth.refused', reason }]);
    expect(issuer.requests.filter((path) => path !== '/keys')).toEqual([]);
  });

  it('no header at all', async () => {
    expect(await instance()(null)).toMatchObject(REFUSED);
  });

  it('an algorithm that the settings leave out', async () => {
    expect(await instance({ algorithms: ['ES256'] })(await bearer())).toMatchObject(REFUSED);
  });

  it.each([
    'alg none with a signature',
    '64 KiB of token',
    'HS256 with the public key as secret',
    'a token that calls itself "logout+jwt"',
  ])('%s without asking for keys', async (name) => {
    const attack = attacks.find(([each]) => each === name)?.[1];
    await instance()((await attack?.()) ?? '');
    expect(issuer.requests).toEqual([]);
  });

  async function hmacWithPublicKey(): Promise<string> {
    const pem = await exportSPKI(
      (await importJWK(issuer.publicJwk, 'RS256', { extractable: true })) as CryptoKey,
    );
    const signed = `${part({ alg: 'HS256', kid: 'k1' })}.${part(claims())}`;
    return `Bearer ${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
  }

  async function bringsItsKey(): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    return bearer({ header: { jwk: await exportJWK(publicKey) }, key: privateKey });
  }

  async function unknownCritical(): Promise<string> {
    const token = await bearer();
    const [, body, signature] = token.split('.');
    return `Bearer ${part({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 })}.${body ?? ''}.${signature ?? ''}`;
  }

  function unencodedPayload(): string {
    return `Bearer ${part({ alg: 'RS256', kid: 'k1', b64: false, crit: ['b64'] })}.${JSON.stringify(claims())}.AAAA`;
  }

  async function twoSignatures(): Promise<string> {
    const jws = await new FlattenedSign(Buffer.from(JSON.stringify(claims())))
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign(issuer.privateKey);
    const { payload, ...signature } = jws;
    return `Bearer ${JSON.stringify({ payload, signatures: [signature, signature] })}`;
  }

  async function changedClaims(): Promise<string> {
    const [header, , signature] = (await bearer()).split('.');
    return `${header ?? ''}.${part({ ...claims(), sub: 'admin' })}.${signature ?? ''}`;
  }
});

describe('the signing keys', () => {
  it('are fetched once a cooldown, whatever unknown keys a thousand tokens name', async () => {
    const authenticate = instance();
    const burst = async (from: number): Promise<Set<unknown>> => {
      const tokens = Array.from({ length: 1_000 }, (_, index) => unknownKey(from + index));
      const answers = await Promise.all(tokens.map((token) => authenticate(token)));
      return new Set(answers.map((answer) => (answer as Problem).code));
    };
    expect(await burst(0)).toEqual(new Set(['unauthenticated']));
    expect(issuer.requests).toEqual(['/keys']);
    await pass(29_999);
    await burst(1_000);
    expect(issuer.requests).toEqual(['/keys']);
    await pass(2);
    await burst(2_000);
    expect(issuer.requests).toEqual(['/keys', '/keys']);
  });

  it('are remembered for ten minutes', async () => {
    const authenticate = instance();
    await authenticate(await bearer());
    await pass(240_000);
    expect(await authenticate(await bearer())).toMatchObject({ subject: 'player-1' });
    expect(issuer.requests).toEqual(['/keys']);
    await pass(360_000);
    await authenticate(await bearer());
    expect(issuer.requests).toEqual(['/keys', '/keys']);
  });

  it('are fetched anew for a key that came after them', async () => {
    const authenticate = instance();
    await authenticate(await bearer());
    const renamed = { ...issuer.publicJwk, kid: 'k2' };
    issuer.answers.set('/keys', (_request, response) => response.end(JSON.stringify({ keys: [renamed] })));
    await pass(30_000);
    expect(await authenticate(await bearer({ header: { kid: 'k2' } }))).toMatchObject({
      subject: 'player-1',
    });
    expect(await authenticate(await bearer())).toMatchObject(REFUSED);
  });

  const DOWN = { code: 'auth-unavailable', retryAfterSeconds: 5 };

  it('that cannot be reached make it 503: neither yes nor no', async () => {
    const authenticate = instance();
    const token = await bearer();
    await issuer.close();
    expect(await authenticate(token)).toMatchObject(DOWN);
    expect(events).toEqual([
      { event: 'auth.unavailable', reason: 'The signing keys cannot be fetched (ECONNREFUSED).' },
    ]);
    issuer = await startIssuer();
  });

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['500', 'The answer has status 500.', (response) => response.writeHead(500).end('upstream words')],
    [
      'a redirect',
      'The answer has status 302.',
      (response) => response.writeHead(302, { location: '/evil' }).end(),
    ],
    ['no JSON', 'The signing keys cannot be fetched (not-json).', (response) => response.end('<html>')],
    [
      'no key set',
      'The signing keys cannot be fetched (not a key set).',
      (response) => response.end('{"keys": 7}'),
    ],
    ['a reset', 'The signing keys cannot be fetched (UND_ERR_SOCKET).', (response) => response.destroy()],
  ])('that come as %s make it 503', async (_name, reason, answer) => {
    issuer.answers.set('/keys', (_request, response) => answer(response));
    expect(await instance()(await bearer())).toMatchObject(DOWN);
    expect(events).toEqual([{ event: 'auth.unavailable', reason }]);
    expect(issuer.requests).not.toContain('/evil');
  });

  it('that fail are asked for once in five seconds, and then work again', async () => {
    const authenticate = instance();
    issuer.answers.set('/keys', (_request, response) => response.writeHead(503).end());
    const token = await bearer();
    for (let times = 0; times < 20; times += 1) expect(await authenticate(token)).toMatchObject(DOWN);
    expect(issuer.requests).toEqual(['/keys']);
    issuer.answers.clear();
    await pass(5_000);
    expect(await authenticate(token)).toMatchObject({ subject: 'player-1' });
  });

  it('are not believed from the metadata of another issuer, nor over plain http', async () => {
    const metadata = (document: object): void => {
      issuer.answers.set('/.well-known/openid-configuration', (_request, response) =>
        response.end(JSON.stringify(document)),
      );
    };
    metadata({ issuer: 'https://evil.example/', jwks_uri: issuer.jwksUri });
    expect(await instance(DISCOVERED)(await bearer())).toMatchObject(DOWN);
    metadata({ issuer: issuer.url, jwks_uri: 'http://keys.example/' });
    expect(await instance(DISCOVERED)(await bearer())).toMatchObject(DOWN);
    expect(issuer.requests).not.toContain('/keys');
  });

  /** Signed by nobody: the key is looked for before the signature is. */
  function unknownKey(index: number): string {
    const header = base64url.encode(JSON.stringify({ alg: 'RS256', kid: `unknown-${index}` }));
    return `Bearer ${header}.${base64url.encode('{}')}.AAAA`;
  }
});

it.each([{ mode: 'key' }, { mode: 'anonymous' }] as const)('asks for no token with %j', async (auth) => {
  const caller = await createAuthenticator(auth, clock).authenticate(
    { get: () => 'Bearer x' },
    () => undefined,
  );
  expect(caller).toEqual({});
});
