/** What clients send: each mistake is told with its status, its code and where it is; no measurement is one. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Call, type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const JSON_TYPE = { 'content-type': 'application/json' };

let stack: Stack;
let broker: TestBroker;
let tables: Tables;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  broker = await startBroker(stack);
  tables = tablesOf(stack.azurite.connectionString);
});

afterAll(() => stack.stop());

const post = (call: Call): Promise<Reply> =>
  send(`${broker.url}/api/v1/allocations`, { method: 'POST', headers: JSON_TYPE, ...call });

const body = (members: string): string => `{"sessionId":"${SESSION}","gameMode":"duel",${members}}`;
const latency = (ms: string): string => body(`"latencies":[{"location":"West US","ms":${ms}}]`);
const ofLength = (bytes: number): string => `{"sessionId":"${SESSION}","gameMode":"duel"}`.padEnd(bytes, ' ');

describe('bad input', () => {
  const cases: [name: string, call: Call, status: number, code: string, pointers: string[] | undefined][] = [
    ['not JSON', { body: 'sessionId=1' }, 400, 'invalid-request', ['']],
    ['half a JSON object', { body: '{"sessionId":' }, 400, 'invalid-request', ['']],
    ['not UTF-8', { body: Uint8Array.of(0x22, 0xff, 0x22) }, 400, 'invalid-request', ['']],
    ['JSON, but no object', { body: '[]' }, 400, 'invalid-request', ['']],
    ['an empty body', { body: '' }, 400, 'invalid-request', ['']],
    ['an empty object', { body: '{}' }, 400, 'invalid-request', ['/sessionId', '/gameMode']],
    ['a chunked body', { body: latency('1'), chunked: true }, 411, 'length-required', undefined],
    ['a body of 65 KiB', { body: ofLength(66_560) }, 413, 'payload-too-large', undefined],
    ['a body of 64 KiB and one byte', { body: ofLength(65_537) }, 413, 'payload-too-large', undefined],
    [
      'text/plain',
      { body: latency('1'), headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported-media-type',
      undefined,
    ],
    ['no content type', { body: latency('1'), headers: {} }, 415, 'unsupported-media-type', undefined],
    ...[
      'application/json; charset=utf-16',
      'application/json;;charset="ISO-8859-1"',
      'application/json; charset=utf-32; charset=utf-8',
      'application/x-www-form-urlencoded; charset=utf-8',
      'json',
    ].map((type): (typeof cases)[number] => [
      type,
      { body: latency('1'), headers: { 'content-type': type } },
      415,
      'unsupported-media-type',
      undefined,
    ]),
    [
      'a compressed body',
      { body: latency('1'), headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
      415,
      'unsupported-media-type',
      undefined,
    ],
    ['an unknown member', { body: body('"titleId":"1"') }, 400, 'invalid-request', ['/titleId']],
    ['__proto__', { body: body('"__proto__":{"gameMode":"x"}') }, 400, 'invalid-request', ['/__proto__']],
    [
      'a session id that is no GUID',
      { body: '{"sessionId":"3536d3e6","gameMode":"duel"}' },
      400,
      'invalid-request',
      ['/sessionId'],
    ],
    [
      'a game mode that is not configured',
      { body: `{"sessionId":"${SESSION}","gameMode":"solo"}` },
      400,
      'invalid-request',
      ['/gameMode'],
    ],
    [
      'a cookie of 4097 bytes in two-byte characters',
      { body: body(`"sessionCookie":"${'é'.repeat(2048)}x"`) },
      400,
      'invalid-request',
      ['/sessionCookie'],
    ],
    ['ms that is text', { body: latency('"34"') }, 400, 'invalid-request', ['/latencies/0/ms']],
    ['ms that is empty text', { body: latency('""') }, 400, 'invalid-request', ['/latencies/0/ms']],
    ['ms that is true', { body: latency('true') }, 400, 'invalid-request', ['/latencies/0/ms']],
    ['ms that is NaN, which is not JSON', { body: latency('NaN') }, 400, 'invalid-request', ['']],
    [
      '65 measurements that are none',
      { body: body(`"latencies":[${Array(65).fill('{"location":"West US","ms":null}').join(',')}]`) },
      400,
      'invalid-request',
      ['/latencies'],
    ],
    [
      'two lists of hints',
      {
        body: body(
          '"latencies":[{"location":"West US","ms":1}],"players":[{"playerId":"p1","latencies":[{"location":"West US","ms":1}]}]',
        ),
      },
      400,
      'invalid-request',
      ['/players'],
    ],
  ];

  it.each(cases)('%s', async (_name, call, status, code, pointers) => {
    const reply = await post(call);
    const problem = json(reply);
    expect([reply.status, problem['status'], problem['code']]).toEqual([status, status, code]);
    expect(problem).toMatchObject({ type: `urn:allocation-broker:problem:${code}`, retryable: false });
    expect(reply.headers['content-type']).toBe('application/problem+json');
    const errors = problem['errors'] as { pointer: string }[] | undefined;
    expect(errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('starts nothing', async () => {
    const { counts } = await stack.fleet.control.summary();
    expect(counts.calls).toBe(0);
  });
});

it('says where a body is no JSON, and repeats nothing of it', async () => {
  const text = '{\r\n  "sessionId": "SECRET",\n  "gameMode": \'SECRET\'\n}';
  const message = 'not JSON at line 3, column 15: expected a JSON object in UTF-8';
  const reply = await post({ body: text });
  expect(json(reply)).toMatchObject({
    status: 400,
    detail: `The request body is not valid: ${message}.`,
    errors: [{ pointer: '', message }],
  });
  expect(reply.text).not.toContain('SECRET');
});

describe('a request to the wrong place', () => {
  it('is told where to send POST', async () => {
    const reply = await send(`${broker.url}/api/v1/allocations/${SESSION}`, { method: 'POST', body: '{}' });
    expect([reply.status, json(reply)['code']]).toEqual([400, 'invalid-request']);
  });

  it('is told what GET needs', async () => {
    const reply = await send(`${broker.url}/api/v1/allocations`);
    expect([reply.status, json(reply)['code']]).toEqual([400, 'invalid-request']);
  });

  it('gets an empty 404 from the host where there is nothing', async () => {
    const reply = await send(`${broker.url}/api/v2/allocations`, { method: 'POST', body: '{}' });
    expect([reply.status, reply.text]).toEqual([404, '']);
  });
});

describe('measurements that are none refuse no match', () => {
  /** East US is measured, so that it comes before West US, which is configured first, unless West US is nearer. */
  async function placed(westUs: string): Promise<{ order: string[]; hints: Record<string, unknown> }> {
    const sessionId = randomUUID();
    const latencies = `[{"location":"East US","ms":30},${westUs}]`;
    const text = `{"sessionId":"${sessionId}","gameMode":"duel","latencies":${latencies}}`;
    const reply = await allocate(broker, text);
    expect([reply.status, reply.text]).toEqual([201, expect.stringContaining('"allocated"') as string]);
    const [row] = await tables.attempts(sessionId);
    return {
      order: JSON.parse(String(row?.['locations'])) as string[],
      hints: JSON.parse(String(row?.['hints'])) as Record<string, unknown>,
    };
  }
  const westUs = (ms: string): string => `{"location":"West US","ms":${ms}}`;

  it.each([
    ['null', 'null'],
    ['0', 'zero-or-less'],
    ['-1', 'zero-or-less'],
    ['2147483647', 'over-a-minute'],
    ['3.40282347E+38', 'over-a-minute'],
    ['1e400', 'over-a-minute'],
    ['60000.5', 'over-a-minute'],
  ])('ms %s: not measured, in the history as %s', async (ms, reason) => {
    const { order, hints } = await placed(westUs(ms));
    expect(order[0]).toBe('East US');
    expect(hints).toMatchObject({ measurements: 1, dropped: { [reason]: 1 } });
  });

  it('ms 60000 is a measurement', async () => {
    const { order, hints } = await placed(westUs('60000'));
    expect(order.slice(0, 2)).toEqual(['East US', 'West US']);
    expect(hints).toMatchObject({ measurements: 2 });
    expect(hints).not.toHaveProperty('dropped');
  });

  it('of a location that is named twice, the smallest counts', async () => {
    const { order, hints } = await placed(`${westUs('40')},{"location":"westus","ms":20},${westUs('900')}`);
    expect(order.slice(0, 2)).toEqual(['West US', 'East US']);
    expect(hints).toMatchObject({
      measurements: 2,
      dropped: { repeated: 2 },
      locations: expect.arrayContaining([
        { location: 'westus', players: 1, minMs: 20, meanMs: 20, maxMs: 20 },
      ]) as unknown,
    });
  });
});

describe('a location is itself', () => {
  it.each([
    ['West US', 'west-us'],
    ['West US', 'WEST_US'],
    ['West US', 'WestUS'],
    ['Southeast Asia', 'southeast asıa'],
    ['Southeast Asia', 'SOUTHEAST ASİA'],
  ])('%s as %s', async (location, spelling) => {
    const sessionId = randomUUID();
    const latencies = [
      { location: 'Japan East', ms: 90 },
      { location: spelling, ms: 10 },
    ];
    expect((await allocate(broker, { sessionId, gameMode: 'duel', latencies })).status).toBe(201);
    const [row] = await tables.attempts(sessionId);
    expect((JSON.parse(String(row?.['locations'])) as string[]).slice(0, 2)).toEqual([
      location,
      'Japan East',
    ]);
  });
});

it('names that are not on offer cost no match: the configured order, and a warning', async () => {
  const sessionId = randomUUID();
  const latencies = [
    { location: 'Mars\u001b[2J', ms: 10 },
    { location: 'Atlantis', ms: 90 },
  ];
  const names = ['Atlantis', 'Mars\uFFFD[2J'];
  expect((await allocate(broker, { sessionId, gameMode: 'duel', latencies })).status).toBe(201);
  const [row] = await tables.attempts(sessionId);
  expect((JSON.parse(String(row?.['locations'])) as string[])[0]).toBe('West US');
  expect(JSON.parse(String(row?.['placement']))).toMatchObject({ ignoredHints: 2, ignoredNames: names });
  expect(await broker.told(1, 'hints.ignored', sessionId)).toEqual([
    {
      event: 'hints.ignored',
      level: 'warning',
      sessionId,
      attemptId: row?.['attemptId'],
      gameMode: 'duel',
      names,
    },
  ]);
});

describe('good input', () => {
  it('takes what JsonUtility writes: every member, with only latencies filled', async () => {
    const sessionId = randomUUID();
    const reply = await allocate(
      broker,
      `{"sessionId":"${sessionId}","gameMode":"duel","latencies":[{"location":"East US","ms":34.5},{"location":"West US","ms":12.25}],"players":[],"sessionCookie":""}`,
    );
    expect(reply.status).toBe(201);
    expect(json(reply)['region']).toBe('West US');
    const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(calls).toHaveLength(1);
    expect(calls[0]).not.toHaveProperty('cookie');
  });

  it.each([
    ['null for every optional member', '"latencies":null,"players":null,"sessionCookie":null'],
    ['empty lists', '"latencies":[],"players":[]'],
    ['a player without measurements', '"players":[{"playerId":"","latencies":[]}]'],
    ['a location that is not on offer', '"latencies":[{"location":"Atlantis","ms":0}]'],
    ['a cookie of 4096 bytes', `"sessionCookie":"${'é'.repeat(2048)}"`],
    [
      'a party',
      '"players":[{"playerId":"p1","latencies":[{"location":"West US","ms":1}]},{"playerId":"p2"}]',
    ],
  ])('takes %s', async (_name, members) => {
    const reply = await allocate(broker, `{"sessionId":"${randomUUID()}","gameMode":"duel",${members}}`);
    expect(reply.status).toBe(201);
  });

  it('takes a body of exactly 64 KiB, and a charset', async () => {
    const sessionId = randomUUID();
    const reply = await allocate(broker, ofLength(65_536).replace(SESSION, sessionId), {
      'content-type': 'Application/JSON; charset="UTF-8"',
    });
    expect(reply.status).toBe(201);
  });

  it.each([
    'application/json;',
    'application/json;charset=utf-8;',
    'application/json;; charset=utf-8',
    'application/json; charset=utf8',
    'application/json; odata.metadata=minimal; IEEE754Compatible=true',
    'application/json; charset=""; boundary="a;b"',
    'APPLICATION/JSON ; CHARSET="utf\\-8" ;',
    'text/json',
  ])('takes JSON that is sent as %s', async (type) => {
    const reply = await allocate(
      broker,
      { sessionId: randomUUID(), gameMode: 'duel' },
      { 'content-type': type },
    );
    expect(reply.status).toBe(201);
  });

  it('knows a session by every spelling of its GUID', async () => {
    const sessionId = randomUUID();
    const digits = sessionId.replaceAll('-', '');
    const spellings = [digits.toUpperCase(), `{${sessionId}}`, `(${sessionId.toUpperCase()})`, `{${digits}}`];
    const first = await allocate(broker, { sessionId: digits, gameMode: 'duel' });
    expect([first.status, json(first)['sessionId']]).toEqual([201, sessionId]);
    for (const spelling of [sessionId, ...spellings]) {
      const again = await allocate(broker, { sessionId: spelling, gameMode: 'duel' });
      const found = await find(broker, encodeURIComponent(spelling));
      expect([spelling, again.status, found.status]).toEqual([spelling, 200, 200]);
      expect([again.text, found.text]).toEqual([first.text, first.text]);
    }
    const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(calls).toHaveLength(1);
  });

  it('hands the cookie on to the game server byte for byte', async () => {
    const sessionId = randomUUID();
    const sessionCookie = ' "öß\\\u0000\u2028 🎲 ';
    const reply = await allocate(broker, { sessionId, gameMode: 'duel', sessionCookie });
    expect(reply.status).toBe(201);
    const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(calls[0]?.cookie).toBe(sessionCookie);
  });
});
