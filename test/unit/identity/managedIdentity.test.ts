import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TokenSource, TokenUnavailableError } from '../../../lib/identity/tokenSource.ts';
import { createTokenSource } from '../../../lib/fleets/sessionHosts/tokenSource.ts';

let mockLoads = 0;
jest.mock('@azure/identity', () => {
  mockLoads += 1;
  return jest.requireActual<object>('@azure/identity');
});

/** The endpoint that App Service and Functions give an app for its managed identity, in the part that is used here. */
interface IdentityEndpoint {
  /** Requests seen, as `resource client_id secret`. */
  readonly requests: string[];
  /** What the n-th request gets; token `token-n`, valid for `lifeSeconds`, unless it is replaced. */
  answer: (response: ServerResponse, count: number) => void;
  lifeSeconds: number;
  /** The identity of the test that runs. */
  clientId: string;
}

const SCOPE = 'https://fleet.example/.default';
let endpoint: IdentityEndpoint;
let server: Server;

// MSAL looks for the endpoint once in a process.
beforeAll(async () => {
  server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const clientId = query.get('client_id') ?? 'system-assigned';
    // A renewal that an earlier test left behind it is none of this test's.
    if (clientId !== endpoint.clientId) return void response.writeHead(400).end('{}');
    const secret = String(request.headers['x-identity-header']);
    const count = endpoint.requests.push(`${String(query.get('resource'))} ${clientId} ${secret}`);
    endpoint.answer(response, count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`;
  process.env['IDENTITY_HEADER'] = 'canary-identity-header';
});

afterAll(async () => {
  delete process.env['IDENTITY_ENDPOINT'];
  delete process.env['IDENTITY_HEADER'];
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

beforeEach(() => {
  endpoint = { requests: [], answer: grant, lifeSeconds: 86_400, clientId: 'system-assigned' };
});

afterEach(() => jest.useRealTimers());

function grant(response: ServerResponse, count: number): void {
  const expiresOn = Math.floor(Date.now() / 1000) + endpoint.lifeSeconds;
  response.end(
    JSON.stringify({
      access_token: `token-${count}`,
      expires_on: String(expiresOn),
      resource: 'https://fleet.example',
      token_type: 'Bearer',
    }),
  );
}

/** A source of its own identity each: MSAL keeps tokens by client id for the whole process. */
function source(clientId: string = crypto.randomUUID()): TokenSource {
  endpoint.clientId = clientId;
  return createTokenSource({ kind: 'managed-identity', scope: SCOPE, clientId });
}

const signal = () => AbortSignal.timeout(20_000);

/** Only the clock moves: sockets and timers are the real ones. */
function forward(seconds: number): void {
  const now = Date.now() + seconds * 1000;
  jest.useFakeTimers({
    now,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

describe('tokens of the managed identity', () => {
  it('come from a package that is loaded with the first of them', async () => {
    const tokens = source('c1');
    expect(mockLoads).toBe(0);
    expect(await tokens.get(signal())).toBe('token-1');
    expect(mockLoads).toBe(1);
    expect(endpoint.requests).toEqual(['https://fleet.example c1 canary-identity-header']);
  });

  it("are the system-assigned identity's where no client id is set", async () => {
    await createTokenSource({ kind: 'managed-identity', scope: SCOPE }).get(signal());
    expect(endpoint.requests).toEqual(['https://fleet.example system-assigned canary-identity-header']);
  });

  it('are fetched once for all who ask at the same time, and then remembered', async () => {
    const tokens = source();
    const got = await Promise.all([
      tokens.get(signal()),
      tokens.get(signal()),
      tokens.get(signal(), { refused: 'token-0' }),
    ]);
    expect(got).toEqual(['token-1', 'token-1', 'token-1']);
    expect(await tokens.get(signal())).toBe('token-1');
    expect(endpoint.requests).toHaveLength(1);
  });

  it('are renewed before they expire, beside the call that finds them old', async () => {
    const tokens = source();
    await tokens.get(signal());
    forward(86_400 - 299);
    const asked = new Promise<void>((resolve) => {
      endpoint.answer = (response, count) => {
        grant(response, count);
        resolve();
      };
    });
    expect(await tokens.get(signal())).toBe('token-1');
    await asked;
    // Joins the renewal that is under way.
    expect(await tokens.get(signal(), { refused: 'token-1' })).toBe('token-2');
    expect(await tokens.get(signal())).toBe('token-2');
    expect(endpoint.requests).toHaveLength(2);
  });

  it('are waited for when the old one could expire on its way', async () => {
    const tokens = source();
    await tokens.get(signal());
    forward(86_400 - 60);
    expect(await tokens.get(signal())).toBe('token-2');
  });

  it('outlive an identity endpoint that is down past half of their life', async () => {
    const tokens = source();
    await tokens.get(signal());
    endpoint.answer = (response) => response.writeHead(500).end('{}');
    forward(50_000);
    expect(await tokens.get(signal())).toBe('token-1');
    forward(36_400 - 120);
    expect(await tokens.get(signal())).toBe('token-1');
  });

  it('after a refusal, are as fresh as the SDK has them: MSAL answers from its own memory until near the expiry', async () => {
    const tokens = source();
    await tokens.get(signal());
    expect(await tokens.get(signal(), { refused: 'token-1' })).toBe('token-1');
    expect(endpoint.requests).toHaveLength(1);
    forward(43_201);
    // Past half of its life MSAL renews within the call, and hands out what it had.
    await tokens.get(signal(), { refused: 'token-1' });
    expect(await tokens.get(signal(), { refused: 'token-1' })).toBe('token-2');
    // Another call's token was refused before this one's was fetched.
    expect(await tokens.get(signal(), { refused: 'token-1' })).toBe('token-2');
  });
});

describe('when no token can be had', () => {
  const failure = async (tokens: TokenSource): Promise<Error> => {
    const outcome: unknown = await tokens.get(signal()).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(TokenUnavailableError);
    return outcome as Error;
  };

  it('says what to look at, with the number of the error and none of its words', async () => {
    endpoint.answer = (response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"error":"canary","error_description":"AADSTS500011: canary was not found"}');
    const error = await failure(source('c2'));
    expect(error.message).toBe(
      'The managed identity c2 got no token for https://fleet.example/.default (AADSTS500011): ' +
        'check that the identity is assigned to this app, its client id, and the scope.',
    );
    expect(error.cause).toBeUndefined();
  });

  it('is tried again by the next who asks', async () => {
    const tokens = source();
    endpoint.answer = (response) => response.writeHead(400).end('{}');
    await failure(tokens);
    endpoint.answer = grant;
    expect(await tokens.get(signal())).toMatch(/^token-/);
  });

  it('ends with the signal of who asked, and not the fetch that others wait for', async () => {
    const tokens = source();
    const arrived = new Promise<() => void>((resolve) => {
      endpoint.answer = (response, count) => {
        resolve(() => {
          grant(response, count);
        });
      };
    });
    const abort = new AbortController();
    const impatient = tokens.get(abort.signal);
    const patient = tokens.get(signal());
    const release = await arrived;
    abort.abort(new Error('time is up'));
    await expect(impatient).rejects.toThrow('time is up');
    release();
    expect(await patient).toBe('token-1');
  });

  it('gives up on an endpoint that hangs, so that the next who asks does not wait for it', async () => {
    const tokens = source();
    endpoint.answer = () => undefined;
    await failure(tokens);
    endpoint.answer = grant;
    expect(await tokens.get(signal())).toMatch(/^token-/);
  });
});

it('a static token is always the same', async () => {
  const tokens = createTokenSource({ kind: 'static', token: 'the-token' });
  expect(await tokens.get(signal())).toBe('the-token');
  expect(await tokens.get(signal(), { refused: 'the-token' })).toBe('the-token');
});
