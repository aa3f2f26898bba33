import type { Answer } from '../../../clients/typescript/src/answer.ts';
import { describe as describeAnswer } from '../../../clients/typescript/src/describe.ts';
import {
  AllocationClient,
  AllocationError,
  type AllocationProgress,
  type Problem,
} from '../../../clients/typescript/src/index.ts';
import {
  answer,
  loseConnection,
  loseHalfway,
  never,
  startScriptedServer,
  type ScriptedServer,
  type Step,
} from './server.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const ALLOCATION = {
  sessionId: SESSION,
  status: 'allocated',
  hostName: 'host.example.com',
  ports: [{ name: 'game', port: 10103 }],
  region: 'West US',
};
const REQUEST = {
  sessionId: SESSION,
  gameMode: 'duel',
  latencies: [{ location: 'West US', ms: 34.5 }],
  partySize: 4,
  sessionCookie: 'for the game server',
};
const allocated = answer(201, ALLOCATION);
const replayed = answer(200, ALLOCATION, { 'idempotency-replayed': 'true' });
/** Next to nothing to wait for: only the order of things is looked at. */
const pendingNow = answer(202, { sessionId: SESSION, status: 'pending', retryAfterSeconds: 0.01 });

const problem = (code: string, status: number, retryable: boolean, retryAfterSeconds?: number): Problem =>
  ({
    type: `urn:allocation-broker:problem:${code}`,
    title: 'A title',
    status,
    detail: `What is wrong: ${code}.`,
    code,
    retryable,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    instance: 'instance-1',
  }) as Problem;

let server: ScriptedServer;
let client: AllocationClient;
beforeEach(async () => {
  server = await startScriptedServer();
  client = new AllocationClient({ baseUrl: server.url });
});
afterEach(() => server.close());

async function failure(promise: Promise<unknown>): Promise<AllocationError> {
  const error = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AllocationError)) throw error;
  return error;
}

describe('allocate', () => {
  test('sends what the contract asks for, and resolves with the allocation', async () => {
    server.play(allocated);
    await expect(client.allocate(REQUEST)).resolves.toEqual(ALLOCATION);
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/api/v1/allocations' });
    expect(seen?.headers).toMatchObject({ 'content-type': 'application/json', prefer: 'wait=15' });
    expect(seen?.headers['content-length']).toBe(String(seen?.body.length));
    expect(JSON.parse(seen?.body ?? '')).toEqual(REQUEST);
  });

  test('names the session itself when it is not told one, the same in every attempt', async () => {
    server.play(pendingNow, allocated);
    await client.allocate({ gameMode: 'duel' });
    const [first, second] = server.seen.map(
      ({ body }) => (JSON.parse(body) as { sessionId: string }).sessionId,
    );
    expect(first).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(second).toBe(first);
  });

  test.each([
    ['before the answer', loseConnection],
    ['in the middle of the answer', loseHalfway],
  ])('asks again with the same body when the connection is lost %s', async (_when, lose) => {
    server.play(lose, lose, replayed);
    await expect(client.allocate(REQUEST)).resolves.toEqual(ALLOCATION);
    expect(server.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([REQUEST, REQUEST, REQUEST]);
  });

  test('waits as long as Retry-After says, and tells what it does', async () => {
    const pending = { sessionId: SESSION, status: 'pending', retryAfterSeconds: 7 };
    // The header counts; the body's copy is for those who cannot read it.
    server.play(answer(202, pending, { 'retry-after': '1' }), replayed);
    const told: AllocationProgress[] = [];
    const startedMs = performance.now();
    await client.allocate(REQUEST, { onProgress: (progress) => told.push(progress) });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(995);
    const [waitMs] = told.flatMap((progress) => (progress.kind === 'waiting' ? [progress.waitMs] : []));
    expect(waitMs).toBeLessThan(2_000);
    expect(told).toEqual([
      { kind: 'asking', attempt: 1, elapsedMs: expect.any(Number) as number },
      expect.objectContaining({ kind: 'waiting', attempt: 1, reason: 'pending' }),
      { kind: 'asking', attempt: 2, elapsedMs: expect.any(Number) as number },
      { kind: 'allocated', attempt: 2, elapsedMs: expect.any(Number) as number, replayed: true },
    ]);
  });

  test('tells the caller that obtained the host from the others', async () => {
    server.play(allocated);
    const told: AllocationProgress[] = [];
    await client.allocate(REQUEST, { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toMatchObject({ kind: 'allocated', replayed: false });
  });

  test('repeats after a problem that may pass, going by `retryable` and not by the status', async () => {
    server.play(
      answer(503, problem('no-capacity', 503, true, 0.01)),
      answer(500, problem('internal', 500, true)),
      answer(418, problem('a-code-of-tomorrow', 418, true, 0.01)),
      allocated,
    );
    await expect(client.allocate(REQUEST)).resolves.toEqual(ALLOCATION);
    expect(server.seen).toHaveLength(4);
  });

  test.each([
    ['session-mismatch', 422],
    ['misconfigured', 503],
    ['upstream-rejected', 502],
  ])('gives up at once on %s, with the problem', async (code, status) => {
    const sent = problem(code, status, false);
    server.play(answer(status, sent, { 'content-type': 'application/problem+json' }));
    const error = await failure(client.allocate(REQUEST));
    expect(error).toMatchObject({
      name: 'AllocationError',
      code,
      problem: sent,
      message: `What is wrong: ${code}.`,
    });
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    ['a refused function key', answer(401), 'unauthenticated'],
    ['a wrong address', answer(404), 'unexpected-answer'],
    ['a page of something else', answer(200, '<html>Sign in</html>'), 'unexpected-answer'],
    ['an answer of another shape', answer(200, { hello: 'world' }), 'unexpected-answer'],
    ['a host without an address', answer(200, { ...ALLOCATION, hostName: '' }), 'unexpected-answer'],
  ])('takes %s for final', async (_what, step, code) => {
    server.play(step);
    await expect(failure(client.allocate(REQUEST))).resolves.toMatchObject({ code });
    expect(server.seen).toHaveLength(1);
  });

  test('says what to mend when the address is wrong', async () => {
    server.play(answer(404));
    const error = await failure(client.allocate(REQUEST));
    expect(error.message).toBe(
      `There is no broker at ${server.url}. The base URL is its address without /api.`,
    );
  });

  test('the back-off begins anew after an answer that said when to come back', async () => {
    server.play(loseConnection, loseConnection, pendingNow, loseConnection, allocated);
    const waits: number[] = [];
    await client.allocate(REQUEST, {
      onProgress: (progress) => {
        if (progress.kind === 'waiting') waits.push(progress.waitMs);
      },
    });
    expect(waits[1]).toBeGreaterThanOrEqual(250);
    expect(waits[2]).toBeLessThan(13);
    expect(waits[3]).toBeLessThanOrEqual(250);
  });

  test('repeats after an empty answer of the platform that may pass', async () => {
    server.play(answer(502), answer(503, '<html>starting</html>', { 'retry-after': '0' }), allocated);
    await expect(client.allocate(REQUEST)).resolves.toEqual(ALLOCATION);
  });
});

describe('the deadline', () => {
  test('ends a request that nobody answers', async () => {
    server.play(never);
    const error = await failure(client.allocate(REQUEST, { deadlineMs: 3_900 }));
    expect(error.code).toBe('deadline-exceeded');
    expect(error.message).toBe(
      `No final answer within 3900 ms (1 attempt). No answer from ${server.url}: timed out.`,
    );
    expect(server.seen[0]?.headers['prefer']).toBe('wait=3');
  });

  test('is not waited for when the broker asks to come back after it; the problem says why', async () => {
    const sent = problem('quota-exceeded', 429, true, 3_600);
    server.play(answer(429, sent));
    const startedMs = performance.now();
    const error = await failure(client.allocate(REQUEST, { deadlineMs: 30_000 }));
    expect(error).toMatchObject({ code: 'deadline-exceeded', problem: sent });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('ends a session that stays pending', async () => {
    server.play(answer(202, { sessionId: SESSION, status: 'pending', retryAfterSeconds: 1 }));
    const error = await failure(client.allocate(REQUEST, { deadlineMs: 3_000 }));
    expect(error.code).toBe('deadline-exceeded');
    expect(server.seen).toHaveLength(Number(/(\d+) attempts/.exec(error.message)?.[1]));
    expect(server.seen.length).toBeGreaterThan(1);
  });

  test('shortens the wait that the broker is asked for', async () => {
    server.play(allocated);
    await client.allocate(REQUEST, { deadlineMs: 4_900, waitSeconds: 25 });
    await client.allocate(REQUEST, { waitSeconds: 25 });
    expect(server.seen.map(({ headers }) => headers['prefer'])).toEqual(['wait=4', 'wait=25']);
  });
});

describe('the signal', () => {
  test('ends a request in flight', async () => {
    const controller = new AbortController();
    const closed = new Promise((resolve) => {
      server.play((response) => {
        response.once('close', resolve);
        controller.abort('the player left');
      });
    });
    const error = await failure(client.allocate(REQUEST, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', cause: 'the player left' });
    await closed;
  });

  test('ends a wait', async () => {
    server.play(answer(503, problem('no-capacity', 503, true, 30)));
    const controller = new AbortController();
    const error = await failure(
      client.allocate(REQUEST, {
        signal: controller.signal,
        onProgress: ({ kind }) => {
          if (kind === 'waiting') setImmediate(() => controller.abort());
        },
      }),
    );
    expect(error.code).toBe('aborted');
    expect(server.seen).toHaveLength(1);
  });

  test('sends nothing when it had fired before', async () => {
    server.play(allocated);
    const error = await failure(client.allocate(REQUEST, { signal: AbortSignal.abort() }));
    expect(error.code).toBe('aborted');
    expect(server.seen).toHaveLength(0);
  });
});

describe('a redirect', () => {
  let elsewhere: ScriptedServer;
  beforeEach(async () => {
    elsewhere = await startScriptedServer();
    elsewhere.play(allocated);
  });
  afterEach(() => elsewhere.close());

  test.each([301, 302, 303, 307, 308])('is not followed with the key, nor believed (%i)', async (status) => {
    server.play(answer(status, '', { location: `${elsewhere.url}/sign-in?from=game` }));
    const keyed = new AllocationClient({ baseUrl: server.url, functionKey: 'key-1' });
    await expect(failure(keyed.allocate(REQUEST))).resolves.toMatchObject({
      code: 'unexpected-answer',
      message:
        `${server.url} redirects to ${elsewhere.url}/sign-in, which is not followed. Either the base URL is not the ` +
        "broker's own, or the network asks to sign in first (a captive portal).",
    });
    expect(elsewhere.seen).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  test('is not followed by lookups either', async () => {
    server.play(answer(302, '', { location: elsewhere.url }));
    await expect(failure(client.find(SESSION))).resolves.toMatchObject({ code: 'unexpected-answer' });
    await expect(failure(client.locations())).resolves.toMatchObject({ code: 'unexpected-answer' });
    expect(elsewhere.seen).toEqual([]);
  });

  test('from http to https names the base URL to use', async () => {
    const custom = (): Promise<Response> =>
      Promise.resolve(
        new Response(null, { status: 301, headers: { location: 'https://broker.test/api/v1/allocations' } }),
      );
    const plain = new AllocationClient({ baseUrl: 'http://broker.test', fetch: custom });
    await expect(failure(plain.allocate(REQUEST))).resolves.toMatchObject({
      message:
        'http://broker.test redirects to https://broker.test/api/v1/allocations, which is not followed. ' +
        'Use https://broker.test as the base URL.',
    });
  });

  test('without a usable target is one all the same', async () => {
    server.play(answer(302, '', { location: 'http://' }));
    const error = await failure(client.allocate(REQUEST));
    expect(error.message).toBe(
      `${server.url} redirects elsewhere, which is not followed. Check the base URL: http or https, and the name.`,
    );
  });

  test('that a fetch of the caller has followed is not believed', async () => {
    server.play(answer(303, '', { location: elsewhere.url }));
    const following = ((url: string, init: RequestInit) =>
      fetch(url, { ...init, redirect: 'follow' })) as typeof fetch;
    const custom = new AllocationClient({ baseUrl: server.url, fetch: following });
    const error = await failure(custom.allocate(REQUEST));
    expect(error.message).toContain(`redirects to ${elsewhere.url}/, which is not followed`);
  });
});

describe('Retry-After', () => {
  /** The first wait; nobody has to sit it out. */
  async function firstWaitMs(headers: Record<string, string>): Promise<number> {
    server.play(answer(503, '', headers));
    const controller = new AbortController();
    let waitMs = NaN;
    const onProgress = (progress: AllocationProgress): void => {
      if (progress.kind !== 'waiting') return;
      waitMs = progress.waitMs;
      controller.abort();
    };
    const error = await failure(client.allocate(REQUEST, { signal: controller.signal, onProgress }));
    expect(error.code).toBe('aborted');
    return waitMs;
  }

  test.each([
    ['an hour ago', 'Wed, 25 Nov 2026 11:00:00 GMT', 'Wed, 25 Nov 2026 11:00:20 GMT'],
    ['in years', 'Fri, 01 Jan 2100 00:00:00 GMT', 'Fri, 01 Jan 2100 00:00:20 GMT'],
  ])(
    'as a date is compared with the Date of its answer: %s by the clock of this device',
    async (_when, date, until) => {
      const waitMs = await firstWaitMs({ date, 'retry-after': until });
      expect(waitMs).toBeGreaterThanOrEqual(20_000);
      expect(waitMs).toBeLessThan(25_000);
    },
  );

  test.each(['0', 'Wed, 25 Nov 2026 10:00:00 GMT'])('of no time (%s) is no hint', async (value) => {
    const waitMs = await firstWaitMs({ date: 'Wed, 25 Nov 2026 11:00:00 GMT', 'retry-after': value });
    expect(waitMs).toBeGreaterThanOrEqual(125);
    expect(waitMs).toBeLessThan(250);
  });
});

describe('a suspension', () => {
  let sleptMs: number;
  beforeEach(() => {
    sleptMs = 0;
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + sleptMs);
  });
  afterEach(() => jest.restoreAllMocks());

  const asleep =
    (ms: number, step: Step): Step =>
    (response) => {
      sleptMs += ms;
      step(response);
    };

  test('past the deadline leaves one last look, which finds the host', async () => {
    server.play(asleep(3_600_000, loseConnection), replayed);
    await expect(client.allocate(REQUEST)).resolves.toEqual(ALLOCATION);
    expect(server.seen[1]?.headers['prefer']).toBe('wait=4');
  });

  test('and a second one end the call', async () => {
    server.play(asleep(3_600_000, loseConnection));
    await expect(failure(client.allocate(REQUEST))).resolves.toMatchObject({ code: 'deadline-exceeded' });
    expect(server.seen).toHaveLength(2);
  });

  test('in a wait counts as well', async () => {
    server.play(pendingNow, replayed);
    const onProgress = ({ kind }: AllocationProgress): void => {
      if (kind === 'waiting') sleptMs += 3_600_000;
    };
    await expect(client.allocate(REQUEST, { onProgress })).resolves.toEqual(ALLOCATION);
  });
});

describe('what a developer reads', () => {
  async function firstWait(baseUrl: string): Promise<string> {
    const controller = new AbortController();
    let message = '';
    await failure(
      new AllocationClient({ baseUrl }).allocate(REQUEST, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.kind !== 'waiting') return;
          message = progress.message;
          controller.abort();
        },
      }),
    );
    return message;
  }

  test('of a wrong port, as soon as the connection is refused', async () => {
    await server.close();
    await expect(firstWait(server.url)).resolves.toBe(
      `No answer from ${server.url}: nobody listens there. Is the broker running, and are the name and the port right?`,
    );
  });

  test('of a wrong name', async () => {
    await expect(firstWait('http://broker.invalid')).resolves.toMatch(
      /^No answer from http:\/\/broker\.invalid: the name (is not known|cannot be looked up)\./,
    );
  });

  test('of https where http is spoken', async () => {
    const url = server.url.replace('http:', 'https:');
    await expect(firstWait(url)).resolves.toBe(
      `No answer from ${url}: it does not speak TLS. Should the base URL begin with http?`,
    );
  });

  test('of a browser that keeps the reason to itself: CORS, among others', () => {
    const page = { location: { origin: 'http://localhost:5173' } };
    const restore = Object.getOwnPropertyDescriptor(globalThis, 'location');
    Object.defineProperty(globalThis, 'location', { value: page.location, configurable: true });
    try {
      const lost: Answer = { kind: 'lost', cause: new TypeError('Failed to fetch') };
      expect(describeAnswer(lost, 'http://127.0.0.1:7071')).toBe(
        'No answer from http://127.0.0.1:7071: the browser does not say why. There is no network, nobody listens ' +
          "there, or the broker does not allow http://localhost:5173, this page's origin (CORS; on your machine: " +
          'npm start -- --cors http://localhost:5173).',
      );
    } finally {
      if (restore === undefined) Reflect.deleteProperty(globalThis, 'location');
      else Object.defineProperty(globalThis, 'location', restore);
    }
  });

  test('of a wrong mode: what the broker offers, also where its sentence leaves it out', async () => {
    const mistake = { pointer: '/gameMode', message: 'expected one of duel, battle' };
    server.play(answer(400, { ...problem('invalid-request', 400, false), errors: [mistake] }));
    await expect(failure(client.allocate(REQUEST))).resolves.toMatchObject({
      message: 'What is wrong: invalid-request. (/gameMode: expected one of duel, battle)',
    });
  });
});

describe('credentials', () => {
  test('the function key and the token go out as headers', async () => {
    server.play(allocated);
    const { url: baseUrl } = server;
    await new AllocationClient({
      baseUrl: `${baseUrl}/`,
      functionKey: 'key-1',
      bearerToken: 'token-1',
    }).allocate(REQUEST);
    expect(server.seen[0]).toMatchObject({
      url: '/api/v1/allocations',
      headers: { 'x-functions-key': 'key-1', authorization: 'Bearer token-1' },
    });
  });

  test('the token is asked for before each attempt', async () => {
    server.play(pendingNow, pendingNow, allocated);
    let issued = 0;
    const getToken = (): Promise<string> => Promise.resolve(`token-${(issued += 1)}`);
    await new AllocationClient({ baseUrl: server.url, getToken }).allocate(REQUEST);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ]);
  });

  test('no credential: no header', async () => {
    server.play(allocated);
    await client.allocate(REQUEST);
    expect(Object.keys(server.seen[0]?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|x-functions-key/)]),
    );
  });

  test('what getToken throws reaches the caller', async () => {
    const thrown = new Error('signed out');
    const getToken = (): Promise<string> => Promise.reject(thrown);
    await expect(new AllocationClient({ baseUrl: server.url, getToken }).allocate(REQUEST)).rejects.toBe(
      thrown,
    );
  });
});

test('a sign-in that hangs does not outlast the deadline', async () => {
  const getToken = (): Promise<string> => new Promise(() => undefined);
  const hanging = new AllocationClient({ baseUrl: server.url, getToken });
  await expect(failure(hanging.allocate(REQUEST, { deadlineMs: 50 }))).resolves.toMatchObject({
    code: 'deadline-exceeded',
  });
});

test('a page that is not served over https has no crypto.randomUUID: the session gets an id all the same', async () => {
  server.play(allocated);
  const missing = jest.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    throw new TypeError('crypto.randomUUID is not a function');
  });
  await client.allocate({ gameMode: 'duel' });
  missing.mockRestore();
  const { sessionId } = JSON.parse(server.seen[0]?.body ?? '') as { sessionId: string };
  expect(sessionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

describe('find', () => {
  test('an allocated session', async () => {
    server.play(replayed);
    await expect(client.find(SESSION)).resolves.toEqual(ALLOCATION);
    expect(server.seen[0]).toMatchObject({ method: 'GET', url: `/api/v1/allocations/${SESSION}`, body: '' });
  });

  test('one that is on its way is told, not waited for', async () => {
    server.play(pendingNow);
    await expect(client.find(SESSION)).resolves.toEqual({
      sessionId: SESSION,
      status: 'pending',
      retryAfterSeconds: 0.01,
    });
    expect(server.seen).toHaveLength(1);
  });

  test('none', async () => {
    server.play(answer(404, problem('unknown-session', 404, false)));
    await expect(client.find(SESSION)).resolves.toBeUndefined();
  });

  test('repeats what may pass', async () => {
    server.play(loseConnection, answer(503, problem('storage-unavailable', 503, true, 0.01)), replayed);
    await expect(client.find(SESSION)).resolves.toEqual(ALLOCATION);
  });

  test('another problem is an error', async () => {
    server.play(answer(400, problem('invalid-request', 400, false)));
    await expect(failure(client.find('x/y'))).resolves.toMatchObject({ code: 'invalid-request' });
    expect(server.seen[0]?.url).toBe('/api/v1/allocations/x%2Fy');
  });
});

describe('locations', () => {
  test('in the order of the broker', async () => {
    const locations = [
      { name: 'West US', qos: { protocol: 'udp', host: '127.0.0.1', port: 3075 } },
      { name: 'North Europe' },
    ];
    server.play(answer(200, { locations }));
    await expect(client.locations()).resolves.toEqual(locations);
    expect(server.seen[0]).toMatchObject({ method: 'GET', url: '/api/v1/locations' });
  });

  test('something else is an error', async () => {
    server.play(answer(200, { places: [] }));
    await expect(failure(client.locations())).resolves.toMatchObject({ code: 'unexpected-answer' });
  });
});

describe('measure', () => {
  test('costs nothing but the measurements when the locations cannot be read', async () => {
    server.play(answer(500, problem('internal', 500, true)));
    const codes: string[] = [];
    await expect(
      client.measure({ deadlineMs: 1, onFailure: ({ code }) => codes.push(code) }),
    ).resolves.toEqual([]);
    expect(codes).toEqual(['deadline-exceeded']);
  });

  test('measures the locations on offer, and leaves out what is none', async () => {
    const qos = { protocol: 'x', host: 'beacon', port: 1 };
    server.play(
      answer(200, { locations: [null, { name: 1 }, { name: 'A', qos }, { name: 'B', qos: null }] }),
    );
    await expect(client.measure({ probe: () => Promise.resolve(12), samples: 1 })).resolves.toEqual([
      { location: 'A', ms: 12 },
    ]);
  });
});

test('an address that can never work is refused at once', () => {
  expect(() => new AllocationClient({ baseUrl: 'my-broker.azurewebsites.net' })).toThrow(
    'baseUrl must be an absolute address, such as https://my-broker.azurewebsites.net',
  );
});

test('a fetch of the caller is used instead of the global one', async () => {
  const urls: string[] = [];
  const custom = (url: string): Promise<Response> => {
    urls.push(url);
    return Promise.resolve(Response.json(ALLOCATION));
  };
  await new AllocationClient({ baseUrl: 'https://broker.test', fetch: custom as typeof fetch }).allocate(
    REQUEST,
  );
  expect(urls).toEqual(['https://broker.test/api/v1/allocations']);
});
