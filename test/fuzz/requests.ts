import fc from 'fast-check';
import { LOCAL_LOCATIONS } from '../../local/brokerSettings.ts';

/** What must never come out: it is in every cookie and player id that a request of the fuzz run carries. */
export const CALLER_CANARY = 'fuzz-canary-of-the-caller';

/** A request that node:http can send, or bytes for a socket. */
export type FuzzRequest =
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly path: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array;
    }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Any string at all: broken surrogates, control characters, names of prototypes. */
const wildText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', '\r\nX: y', '\u0000', '\ud800', '%00', '../..'),
);
const wildValue = fc.oneof(
  wildText,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
);

const location = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...LOCAL_LOCATIONS) },
  { weight: 1, arbitrary: wildText },
);
const latencies = fc.array(fc.record({ location, ms: fc.double({ min: -1, max: 70_000 }) }), {
  maxLength: 70,
});

/** Sessions that several requests are about: started, asked for and ended in any order. */
const shared = fc.constantFrom(
  '6f1c2b3a-0d4e-4f5a-8b6c-7d8e9f0a1b2c',
  'a0b1c2d3-e4f5-4a6b-9c7d-8e9f0a1b2c3d',
);

/** In any spelling that is taken. */
const guid = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: fc.uuid() }, { weight: 1, arbitrary: shared }),
    fc.boolean(),
    fc.constantFrom('', '{}', '()'),
  )
  .map(
    ([id, hyphens, around]) =>
      `${around.charAt(0)}${hyphens ? id : id.replaceAll('-', '')}${around.charAt(1)}`,
  );

/** Of the schema, near enough that most are taken. */
const allocation = fc.record(
  {
    sessionId: guid,
    gameMode: fc.constantFrom('duel', 'duel', 'duel', 'battle', 'other'),
    latencies: fc.uniqueArray(
      fc.record({
        location: fc.constantFrom(...LOCAL_LOCATIONS),
        ms: fc.double({ min: 0, max: 500, noNaN: true }),
      }),
      { maxLength: 6, selector: ({ location: name }) => name },
    ),
    sessionCookie: fc.constantFrom(CALLER_CANARY, '', `${CALLER_CANARY}\n`),
  },
  { requiredKeys: ['sessionId', 'gameMode'] },
);

/** The same with one member spoilt, added or doubled. */
const spoilt = fc
  .tuple(
    allocation,
    fc.constantFrom('sessionId', 'gameMode', 'latencies', 'players', 'sessionCookie', '__proto__', 'x'),
    fc.oneof(
      wildValue,
      latencies,
      fc.array(fc.record({ playerId: fc.constant(CALLER_CANARY), latencies }), { maxLength: 70 }),
    ),
  )
  .map(([body, name, value]) => {
    const text = JSON.stringify(body);
    return `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
  });

const nested = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"players":['), fc.integer({ min: 1, max: 9_000 }))
  .map(([open, depth]) => open.repeat(depth));

const body = fc.oneof(
  { weight: 3, arbitrary: allocation.map((value) => bytesOf(JSON.stringify(value))) },
  { weight: 6, arbitrary: spoilt.map(bytesOf) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 6 }).map(bytesOf) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 2_000 }) },
  { weight: 1, arbitrary: nested.map(bytesOf) },
  // Cut anywhere: in the middle of a string, a number, a character.
  {
    weight: 2,
    arbitrary: fc
      .tuple(allocation, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([value, share]) => cut(bytesOf(JSON.stringify(value)), share)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 64_000, max: 70_000 }).map((size) => new Uint8Array(size).fill(32)),
  },
);

function cut(bytes: Uint8Array, share: number): Uint8Array {
  return bytes.slice(0, Math.floor(bytes.length * share));
}

/** RFC 9110, section 5.5: what node:http agrees to send as a value. */
const headerText = fc
  .string({ unit: 'binary-ascii', maxLength: 300 })
  .map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''));

const headerNames = [
  ...['prefer', 'traceparent', 'tracestate', 'x-forwarded-for', 'authorization', 'x-functions-key', 'cookie'],
  ...[
    'content-encoding',
    'accept',
    'expect',
    'origin',
    'access-control-request-method',
    'if-none-match',
    'range',
  ],
  ...['x-ms-client-principal', 'x-original-url', 'x-http-method-override', 'forwarded', 'via', 'x-y'],
];
const wildHeader = fc.tuple(
  fc.constantFrom(...headerNames),
  fc.oneof(
    headerText,
    fc.constantFrom(
      'wait=1',
      'wait=99999999999',
      'wait=-1',
      ',;=',
      'Bearer a.b.c',
      '1.2.3.4:5, [::1]:6',
      '[',
      'gzip',
    ),
  ),
);
const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8') },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constantFrom('APPLICATION/JSON;', 'application/json; charset=utf-16', 'text/plain', ''),
      fc.stringMatching(/^application\/json[;= a"\\-]{0,12}$/),
    ),
  },
);
const headers = fc
  .tuple(fc.array(wildHeader, { maxLength: 4 }), contentType)
  // A wait of a second: the run is about answers, not about patience.
  .map(([wild, type]): (readonly [string, string])[] => [
    ['prefer', 'wait=1'],
    ['content-type', type],
    ...wild.filter(([name]) => name !== 'expect'),
  ]);

const segment = fc.oneof(
  fc.uuid(),
  fc.webPath({ size: 'small' }),
  fc.constantFrom(
    '%2e%2e',
    '%00',
    '%',
    '%zz',
    "'",
    '*',
    '{sessionId}',
    '..',
    '%0d%0aX:y',
    'ready',
    'a'.repeat(2_000),
  ),
  headerText.map((text) => encodeURIComponent(text)),
);
const query = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('?code=x', '?a=1&A=2&a=3', '?%', '?__proto__=1', '?since=2h&top=-1'),
  },
);
const known = fc.constantFrom(
  ...[
    '/api/v1/allocations',
    '/api/v1/allocations/',
    '/API/V1/Allocations',
    '/api/health',
    '/api/v1/locations',
  ],
  ...['/api/openapi.json', '/api/v1/history', '/api/ops', '/api/ready'],
);
/** Of the form that the history answers, with anything in it. */
const mostly = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: wildValue });
const tableKeys = fc
  .record({ nextPartitionKey: mostly(wildText), nextRowKey: mostly(wildText) })
  .map((keys) => base64(keys, 'base64'));
const continuation = fc
  .tuple(
    mostly(fc.constantFrom('2020-01-01T00', '2020-01-01T00', '2020-02-30T08', 'chain')),
    mostly(fc.constantFrom(null, null, '998204664669749', '2020-01-01T00')),
    mostly(tableKeys),
  )
  .map((parts) => base64(parts, 'base64url'));

function base64(value: unknown, encoding: 'base64' | 'base64url'): string {
  return Buffer.from(JSON.stringify(value)).toString(encoding);
}

const historyParameter = fc.oneof(
  fc.tuple(
    fc.constantFrom('since', 'until'),
    fc.constantFrom('2h', '0m', '20000d', '99999d', '2023-02-29', '1969-12-31', '1970-01-01', '9999-12-31'),
  ),
  fc.tuple(fc.constant('continuation'), continuation),
  fc.tuple(fc.constant('session'), guid),
  fc.tuple(fc.constantFrom('since', 'until', 'region', 'gameMode', 'session', 'limit', 'x'), wildText),
);
const historyPath = fc
  .oneof(
    fc.uniqueArray(historyParameter, { maxLength: 4, selector: ([name]) => name }),
    continuation.map((text): [string, string][] => [
      ['since', '1970-01-01'],
      ['continuation', text],
    ]),
  )
  .map((parameters) => `/api/v1/history?${new URLSearchParams(parameters).toString()}`);

/** node:http refuses to send what is no path; raw bytes are not so choosy. */
const path = fc
  .oneof(
    { weight: 8, arbitrary: fc.constant('/api/v1/allocations') },
    { weight: 3, arbitrary: segment.map((last) => `/api/v1/allocations/${last}`) },
    { weight: 2, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(segment, segment).map(([one, two]) => `/${one}/${two}`) },
  )
  .chain((base) => query.map((text) => `${base}${text}`.replace(/[^!-~]/g, '')));

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('POST') },
  { weight: 3, arbitrary: fc.constant('GET') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND') },
);

const http = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('http' as const), method, path, headers, body }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('http' as const),
      method: fc.constant('GET'),
      path: historyPath,
      headers: fc.constant([]),
      body: fc.constant(new Uint8Array()),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('http' as const),
      method: fc.constantFrom('GET', 'DELETE'),
      path: shared.map((sessionId) => `/api/v1/allocations/${sessionId}`),
      headers,
      body,
    }),
  },
);

/** Half of an HTTP request, or none at all. */
const raw = fc
  .tuple(
    fc.constantFrom('POST', 'GET', 'post', 'X', ''),
    fc.oneof(path, wildText),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', ''),
    fc.array(
      fc.oneof(
        wildText,
        fc.constantFrom(
          'Host: x',
          'Content-Length: 5',
          'Content-Length: -1',
          'Transfer-Encoding: chunked',
          ' : ',
        ),
        fc.constantFrom(
          'Content-Length: 99999999999999999999',
          'Content-Type: application/json',
          'Connection: close',
        ),
      ),
      { maxLength: 6 },
    ),
    fc.uint8Array({ maxLength: 200 }),
  )
  .map(([verb, target, version, lines, rest]) => {
    const head = bytesOf([`${verb} ${target} ${version}`, ...lines, '', ''].join('\r\n'));
    return { kind: 'raw' as const, bytes: new Uint8Array([...head, ...rest]) };
  });

/** One request of the run. Most are HTTP that a client could send; one in ten is whatever bytes. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 9, arbitrary: http },
  { weight: 1, arbitrary: raw },
);
