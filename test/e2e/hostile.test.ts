/** A fleet that tries to pass things on to clients, and clients that write what they should not. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type { FaultAction } from '../../local/fleet/faultSchema.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, json, send } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';

/** Whatever tries to get through carries this. */
const MARK = 'smuggled-words';

let stack: Stack;
let broker: TestBroker;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  broker = await startBroker(stack);
});

afterEach(() => stack.fleet.control.faults.clear());

afterAll(() => stack.stop());

const request = () => ({ sessionId: randomUUID(), gameMode: 'duel' });
const PROTO = '{"sessionId": "%", "gameMode": "duel", "__proto__": {"sessionCookie": "x"}}';

/** Nothing of it in any log or table, nor in an answer. */
async function expectNowhere(...replies: readonly Reply[]): Promise<void> {
  const tables = tablesOf(stack.azurite.connectionString);
  const kept = [await tables.all('brokersessions'), await tables.all('brokerhistory'), broker.log];
  for (const text of [JSON.stringify(kept), ...replies.map((reply) => JSON.stringify(reply))]) {
    expect(text).not.toContain(MARK);
  }
}

describe('the fleet answers with more than it should, and the client sees the allow-list', () => {
  const { tells, port } = fleet;
  it.each<readonly [string, FaultAction]>([
    [
      'extra members',
      tells({
        more: { token: MARK, sessionCookie: MARK, sandboxId: MARK, status: 'other', sessionId: 'other' },
      }),
    ],
    [
      'nested secrets',
      tells({ more: { debug: { authorization: [`Bearer ${MARK}`], inner: { deep: { secret: MARK } } } } }),
    ],
    [
      'extra members of ports',
      tells({ ports: [port('game', 2, { secret: MARK, password: MARK, protocol: MARK })] }),
    ],
    [
      'members of a prototype',
      tells({ more: { constructor: { prototype: { leaked: MARK } }, toJSON: MARK } }),
    ],
    ...fleet.sound(MARK),
  ])('%s', async (_name, action) => {
    await stack.fleet.control.faults.set({ action });
    const body = request();
    const reply = await allocate(broker, body);
    expect(reply.status).toBe(201);
    const known = ['sessionId', 'status', 'hostName', 'ports', 'region', 'secureContext'];
    expect(Object.keys(json(reply)).filter((name) => !known.includes(name))).toEqual([]);
    expect(json(reply)).toMatchObject({ sessionId: body.sessionId, status: 'allocated' });
    await expectNowhere(reply);
  });
});

describe('the fleet answers with what cannot be believed, and the client is told upstream-failed', () => {
  const { tells, port } = fleet;
  it.each<readonly [string, FaultAction]>([
    ['a hostName of 1 MiB', tells({ hostName: `${MARK}${'a'.repeat(1_048_576)}` })],
    [
      'a hostName of 254 characters',
      tells({ hostName: `${MARK}.${'a'.repeat(63)}.`.repeat(3).concat('b'.repeat(20)) }),
    ],
    ['control characters', tells({ hostName: `${MARK}\r\nSet-Cookie: a=b` })],
    ['HTML', tells({ hostName: `<script>alert("${MARK}")</script>` })],
    ['a URL', tells({ hostName: `https://${MARK}.example/?q=1` })],
    ['another script of letters', tells({ hostName: `${MARK}.еxample.com` })],
    ['HTML for a region', tells({ region: `<img src=x onerror=${MARK}>` })],
    ['a region that hides its direction', tells({ region: `West${MARK}\u202eSU` })],
    ['a port of text', tells({ ports: [port('game', MARK)] })],
    ['a port beyond ports', tells({ ports: [port(MARK, 65_536)] })],
    ['a thousand ports', tells({ ports: Array(1_000).fill(port(MARK, 2)) })],
    ['HTML for the name of a port', tells({ ports: [port(`<b>${MARK}`, 2)] })],
    ['no hostName', tells({ hostName: null })],
    ['no ports', tells({ ports: [] })],
    ...fleet.hostile(MARK),
  ])('%s', async (_name, action) => {
    await stack.fleet.control.faults.set({ action });
    const reply = await allocate(broker, request(), { prefer: 'wait=1' });
    expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
    await expectNowhere(reply);
  });

  it('JSON that is nested a hundred thousand deep', async () => {
    const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await stack.fleet.control.faults.set({ action: { type: 'body', text } });
    const reply = await allocate(broker, request(), { prefer: 'wait=1' });
    expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
  });

  it('a prototype, which becomes nobody else’s', async () => {
    const text = fleet.prototype(MARK);
    await stack.fleet.control.faults.set({ action: { type: 'body', text } });
    expect((await allocate(broker, request(), { prefer: 'wait=1' })).status).toBe(502);
    await stack.fleet.control.faults.clear();
    const after = await allocate(broker, request());
    expect(after.status).toBe(201);
    await expectNowhere(after);
  });
});

describe('a client writes', () => {
  it.each([
    ['a prototype', PROTO, '/__proto__'],
    [
      'a constructor',
      '{"sessionId": "%", "gameMode": "duel", "constructor": {"prototype": {"x": 1}}}',
      '/constructor',
    ],
    [
      'members of an object nobody knows',
      '{"sessionId": "%", "gameMode": "duel", "toString": 1}',
      '/toString',
    ],
  ])('%s, and is refused', async (_name, text, pointer) => {
    const reply = await allocate(broker, text.replace('%', randomUUID()));
    expect(reply.status).toBe(400);
    expect(json(reply)['errors']).toMatchObject([{ pointer }]);
    expect((await allocate(broker, request())).status).toBe(201);
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('%s nested as deep as 64 KiB allow, and is refused', async (_name, open, close) => {
    const depth = Math.floor(65_000 / (open.length + close.length));
    const nested = `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`;
    expect((await allocate(broker, nested)).status).toBe(400);
    const inside = `{"sessionId": "${randomUUID()}", "gameMode": "duel", "players": ${nested.slice(0, -200)}`;
    expect((await allocate(broker, inside)).status).toBe(400);
  });

  it('seven thousand unknown members, and is told of sixteen', async () => {
    const members = Array.from({ length: 7_000 }, (_, index) => `"${index}":1`).join(',');
    const reply = await allocate(broker, `{${members}}`);
    expect(reply.status).toBe(400);
    expect(json(reply)['errors']).toHaveLength(16);
  });

  it.each(['gameMode', 'playerId', 'location', 'sessionCookie'])(
    'line breaks into %s, and no line of a log begins with what it wrote',
    async (member) => {
      const forged = `x\r\n{"event":"defect","reason":"${MARK}-forged"}\u2028\u001b[31m`;
      const body = {
        ...request(),
        ...(member === 'gameMode' && { gameMode: forged }),
        ...(member === 'playerId' && { players: [{ playerId: forged, latencies: [] }] }),
        ...(member === 'location' && { latencies: [{ location: forged, ms: 1 }] }),
        ...(member === 'sessionCookie' && { sessionCookie: forged }),
      };
      const reply = await allocate(broker, body);
      expect(reply.status).toBe(member === 'gameMode' ? 400 : 201);
      expect(JSON.stringify(broker.log)).not.toContain('forged');
      expect(reply.text).not.toContain('forged');
    },
  );

  it('headers that go no further', async () => {
    const { sessionId } = request();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const good = await allocate(broker, request(), { traceparent });
    const forged = await allocate(
      broker,
      { sessionId, gameMode: 'duel' },
      {
        traceparent: MARK,
        tracestate: MARK,
        'x-forwarded-for': MARK,
        'user-agent': MARK,
        cookie: `a=${MARK}`,
        prefer: `wait=2; ${MARK}`,
        'x-ms-client-principal': MARK,
      },
    );
    expect([good.status, forged.status]).toEqual([201, 201]);
    await expectNowhere(forged);
    const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(calls).toHaveLength(1);
    expect(JSON.stringify(calls)).not.toContain(MARK);
  });

  it('a path that is no session', async () => {
    for (const [path, status] of [
      ['%2e%2e%2fready', 400],
      [`${MARK}%0d%0aX-Header:%20y`, 400],
      ["x'%20or%20'1'%20eq%20'1", 400],
      ['%00', 400],
      ['a'.repeat(8_000), 400],
      ['a'.repeat(9_000), 414],
    ] as const) {
      const reply = await send(`${broker.url}/api/v1/allocations/${path}`);
      expect([path.slice(0, 30), reply.status]).toEqual([path.slice(0, 30), status]);
      expect(reply.text).not.toContain(MARK);
    }
  });

  it('two lengths, and gets no answer of the broker; or a length and chunks, and the length counts for nothing', async () => {
    const smuggle = (headers: string): string =>
      `POST /api/v1/allocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n0\r\n\r\n`;
    const twice = await overSocket(smuggle('Content-Length: 5\r\nContent-Length: 6'));
    const both = await overSocket(smuggle('Content-Length: 5\r\nTransfer-Encoding: chunked'));
    expect(twice).toMatch(/^HTTP\/1\.1 400 /);
    expect(both).toMatch(/^HTTP\/1\.1 411 /);
  });
});

it('every answer forbids to be kept or to be guessed at', async () => {
  const replies = [
    await allocate(broker, request()),
    await allocate(broker, 'not JSON'),
    await send(`${broker.url}/api/v1/allocations/${randomUUID()}`),
    await send(`${broker.url}/api/health`),
    await send(`${broker.url}/api/ready`),
  ];
  expect(replies.map(({ status }) => status)).toEqual([201, 400, 404, 200, 200]);
  for (const { headers } of replies) {
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  }
  const locations = await send(`${broker.url}/api/v1/locations`);
  expect(locations.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
});

/** Exactly these bytes, and what comes back until the connection is closed. */
function overSocket(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect(broker.port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString()));
  });
}
