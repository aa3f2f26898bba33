/** The issuer's key endpoint at its worst: whatever it answers, it is asked once in five seconds, and nobody waits longer. */
import type { ServerResponse } from 'node:http';
import { tokenOf } from '../../../local/issuer.ts';
import { type Authenticate, TokenCaller } from '../../support/tokenCaller.ts';

const METADATA = '/.well-known/openid-configuration';
const DISCOVERED = { jwksUri: undefined };
const DOWN = { code: 'auth-unavailable', retryAfterSeconds: 5 };
const GOOD = { subject: 'player-1' };

let caller: TokenCaller;
let drips: NodeJS.Timeout[];

beforeEach(async () => {
  caller = await TokenCaller.start();
  drips = [];
});

afterEach(async () => {
  drips.forEach(clearInterval);
  await caller.stop();
});

type Answer = (response: ServerResponse) => unknown;

const text =
  (body: string | Buffer): Answer =>
  (response) =>
    response.end(body);

function answerWith(path: string, answer: Answer): void {
  caller.issuer.answers.set(path, (_request, response) => answer(response));
}

/** A hundred tokens one after the other, which no answer of the issuer's makes into anything but 503. */
async function hundredTokens(authenticate: Authenticate, token: string): Promise<void> {
  for (let times = 0; times < 100; times += 1) expect(await authenticate(token)).toMatchObject(DOWN);
}

const bearer = async (): Promise<string> => `Bearer ${await tokenOf(caller.issuer)}`;

describe('an answer that is no key set', () => {
  const large = (): string =>
    JSON.stringify({ filler: 'x'.repeat(300_000), keys: [caller.issuer.publicJwk] });
  const many = (): string => JSON.stringify({ keys: Array(101).fill(caller.issuer.publicJwk) });

  it.each<[string, string, Answer]>([
    ['HTML', 'not-json', text('<html>')],
    ['empty', 'not-json', text('')],
    ['half of one', 'not-json', text('{"keys":[{"kty":"RSA"')],
    ['broken UTF-8', 'not-json', text(Buffer.from('7b226b657973223a5b5d2c2278223a22ff227d', 'hex'))],
    ['null', 'not a key set', text('null')],
    ['a list', 'not a key set', text('[]')],
    ['a string', 'not a key set', text('"keys"')],
    ['{}', 'not a key set', text('{}')],
    ['an object for the keys', 'not a key set', text('{"keys":{}}')],
    ['a number for the keys', 'not a key set', text('{"keys":7}')],
    ['null for a key', 'not a key set', text('{"keys":[null]}')],
    ['strings for keys', 'not a key set', text('{"keys":["k1","k2"]}')],
    ['more keys than any issuer has', 'more than 100 keys', (response) => response.end(many())],
    ['larger than any true one', 'too-large', (response) => response.end(large())],
    [
      'cut off',
      'connection-lost',
      (response) => {
        response.writeHead(200, { 'content-length': 500 });
        response.write('{"keys":[', () => response.destroy());
      },
    ],
    [
      'cut off in the middle of a chunked answer',
      'connection-lost',
      (response) => response.write('{"keys":[', () => response.destroy()),
    ],
    [
      'not compressed as it says',
      'connection-lost',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"keys":[]}'),
    ],
  ])('%s is asked for once in five seconds', async (_name, why, answer) => {
    const authenticate = caller.instance();
    const token = await bearer();
    answerWith('/keys', answer);
    await hundredTokens(authenticate, token);
    expect(caller.issuer.requests).toEqual(['/keys']);
    const reasons = new Set(caller.events.map((event) => ('reason' in event ? event.reason : undefined)));
    expect(reasons).toEqual(new Set([`The signing keys cannot be fetched (${why}).`]));

    await caller.pass(4_999);
    expect(await authenticate(token)).toMatchObject(DOWN);
    expect(caller.issuer.requests).toEqual(['/keys']);
    caller.issuer.answers.clear();
    await caller.pass(1);
    expect(await authenticate(token)).toMatchObject(GOOD);
  });

  it.each<[string, string, Answer]>([
    ['HTML', 'The metadata of the issuer cannot be fetched (not-json).', text('<html>')],
    ['null', 'The metadata is of another issuer.', text('null')],
    ['a list', 'The metadata is of another issuer.', text('[]')],
    [
      'without jwks_uri',
      'The jwks_uri of the issuer is not a URL: expected https:// and a host name.',
      (response) => response.end(JSON.stringify({ issuer: caller.issuer.url })),
    ],
    [
      'with a list of jwks_uri',
      'The jwks_uri of the issuer is not a URL: expected https:// and a host name.',
      (response) =>
        response.end(JSON.stringify({ issuer: caller.issuer.url, jwks_uri: [caller.issuer.jwksUri] })),
    ],
    [
      'with plain http elsewhere',
      'The jwks_uri of the issuer must be https:// (http:// is accepted for loopback addresses only).',
      (response) =>
        response.end(JSON.stringify({ issuer: caller.issuer.url, jwks_uri: 'http://keys.example/' })),
    ],
  ])('nor is metadata that is %s', async (_name, reason, answer) => {
    const authenticate = caller.instance(DISCOVERED);
    answerWith(METADATA, answer);
    await hundredTokens(authenticate, await bearer());
    expect(caller.issuer.requests).toEqual([METADATA]);
    expect(caller.events[0]).toEqual({ level: 'error', event: 'auth.unavailable', reason });
  });

  it('takes nothing from keys that are remembered: a token of one of them still gets in', async () => {
    const authenticate = caller.instance();
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    answerWith('/keys', text('<html>'));
    await caller.pass(30_000);
    const unknown = `Bearer ${await tokenOf(caller.issuer, { header: { kid: 'k9' } })}`;
    await hundredTokens(authenticate, unknown);
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    expect(caller.issuer.requests).toEqual(['/keys', '/keys']);
  });
});

describe('an answer that does not come to its end', () => {
  const stall: Answer = () => undefined;
  const headers: Answer = (response) => response.writeHead(200).flushHeaders();
  const half: Answer = (response) => response.write('{"keys":[');
  const drip: Answer = (response) => {
    drips.push(setInterval(() => response.write(' '), 5));
  };

  it.each<[string, string, object, Answer]>([
    ['not even begun', '/keys', {}, stall],
    ['only headers', '/keys', {}, headers],
    ['half a body', '/keys', {}, half],
    ['a body byte by byte', '/keys', {}, drip],
    ['metadata with only headers', METADATA, DISCOVERED, headers],
    ['keys with only headers, after good metadata', '/keys', DISCOVERED, headers],
  ])('%s is waited for by all together, for five seconds', async (_name, path, settings, answer) => {
    const asked = asking(path, answer);
    const authenticate = caller.instance(settings);
    const token = await bearer();
    const answers: unknown[] = [];
    const ask = async (): Promise<unknown> => answers.push(await authenticate(token));

    const first = Array.from({ length: 20 }, ask);
    await asked;
    await caller.pass(4_000);
    const later = Array.from({ length: 20 }, ask);
    await caller.pass(999);
    expect(answers).toEqual([]);
    await caller.pass(1);
    await Promise.all([...first, ...later]);
    expect(new Set(answers.map((each) => (each as { code: string }).code))).toEqual(new Set([DOWN.code]));

    const requests = caller.issuer.requests.length;
    await hundredTokens(authenticate, token);
    await caller.pass(4_999);
    expect(await authenticate(token)).toMatchObject(DOWN);
    expect(caller.issuer.requests).toHaveLength(requests);
    caller.issuer.answers.clear();
    await caller.pass(1);
    expect(await authenticate(token)).toMatchObject(GOOD);
  });

  it('is not waited for after a refusal', async () => {
    answerWith('/keys', (response) => drip(response.writeHead(500)));
    await hundredTokens(caller.instance(), await bearer());
    expect(caller.issuer.requests).toEqual(['/keys']);
  });

  /** Resolves when the endpoint has been asked, and has answered what it is going to. */
  async function asking(path: string, answer: Answer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    answerWith(path, (response) => {
      answer(response);
      resolve(undefined);
    });
    await promise;
  }
});
