import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../../../lib/contract/openapi/document.ts';
import { Problem, PROBLEMS } from '../../../lib/contract/problem.ts';
import { renderPending, renderProblem } from '../../../lib/contract/render.ts';
import { renderAllocation } from '../../../lib/contract/renderAllocation.ts';
import { expectDocumented, type WireAnswer } from '../../support/openapi.ts';

const ROOT = join(__dirname, '../../..');
const document = JSON.parse(JSON.stringify(openApiDocument())) as {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, MediaType> }> }>
  >;
};
interface MediaType {
  examples?: Record<string, { value: Record<string, unknown> }>;
}

test('docs/openapi.json is what the code says', () => {
  expect(JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8'))).toEqual(document);
});

test('the document says where players’ ids go, in the words of SECURITY.md', () => {
  const text = readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8');
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, PlayerSchema> } };
  const described = components.schemas['AllocationRequest']?.properties.players.items.properties.playerId;
  const fate = 'PlayFab, as `InitialPlayers`; never a row, a log or an answer';
  expect(described?.description).toContain(fate);
  expect(readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')).toContain(fate);
});
interface PlayerSchema {
  properties: { players: { items: { properties: { playerId: { description: string } } } } };
}

test('the document names the operations of the contract', () => {
  const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb} ${path}`),
  );
  expect(operations).toEqual(
    expect.arrayContaining([
      'post /api/v1/allocations',
      'get /api/v1/allocations/{sessionId}',
      'delete /api/v1/allocations/{sessionId}',
      'get /api/v1/locations',
      'get /api/v1/history',
      'get /api/health',
      'get /api/ready',
      'get /api/ops',
      'get /api/openapi.json',
    ]),
  );
});

/** Every example of every answer, with the method, the path and the status that it stands under. */
const examples = Object.entries(document.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).flatMap(([method, { responses }]) =>
    Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).flatMap(([type, media]) =>
        Object.values(media.examples ?? {}).map(({ value }) => ({
          method,
          path,
          status: Number(status),
          type,
          value,
        })),
      ),
    ),
  ),
);

test('every problem code is the answer of an operation, under its own status', () => {
  const shown = examples.filter(({ type }) => type === 'application/problem+json');
  const seen = new Map(shown.map(({ status, value }) => [value['code'], status]));
  expect(Object.fromEntries(seen)).toEqual(
    Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])),
  );
});

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', date: 'today' };
const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' };

const allocated: WireAnswer = {
  method: 'POST',
  path: '/api/v1/allocations',
  status: 201,
  headers: JSON_HEADERS,
  body: renderAllocation(
    SESSION,
    { hostName: 'host.example.com', ports: [{ name: 'game', port: 10103 }], region: 'WestUS' },
    [{ name: 'West US' }],
  ),
};
const pending: WireAnswer = {
  ...allocated,
  status: 202,
  headers: { ...JSON_HEADERS, 'retry-after': '2' },
  body: renderPending(SESSION, 2),
};

const ended: WireAnswer = {
  method: 'DELETE',
  path: `/api/v1/allocations/${SESSION}`,
  status: 204,
  headers: { ...HEADERS, 'allocation-end': 'told' },
  body: '',
};

function refused(problem: Problem): WireAnswer {
  const { status, headers, body } = renderProblem(problem, 'instance-1');
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...allocated, status, body, headers: Object.fromEntries(named) as Record<string, string> };
}
const noCapacity = refused(new Problem('no-capacity', 'None is free.', { retryAfterSeconds: 5 }));

describe('what the broker renders is documented', () => {
  test.each<[string, WireAnswer]>([
    ['201', allocated],
    ['202', pending],
    ['200', { ...allocated, status: 200, headers: { ...JSON_HEADERS, 'idempotency-replayed': 'true' } }],
    ['the same for GET', { ...pending, method: 'GET', path: `/api/v1/allocations/${SESSION}?code=x` }],
    ['a problem with Retry-After', noCapacity],
    ['a problem without', refused(new Problem('misconfigured', 'It is.'))],
    ['a refused token', refused(new Problem('unauthenticated', 'Expired.'))],
    ['a missing key: the platform', { ...allocated, status: 401, headers: {}, body: '' }],
    [
      'no such route: the platform',
      { ...allocated, path: '/api/nothing', status: 404, headers: {}, body: '' },
    ],
    ['a request that Node refuses', { ...allocated, status: 400, headers: {}, body: '' }],
    ['the end of a session', ended],
    [
      'a DELETE without a session',
      { ...refused(new Problem('invalid-request', 'Name it.')), method: 'DELETE' },
    ],
    ['a GET without a session', { ...refused(new Problem('invalid-request', 'Name it.')), method: 'GET' }],
  ])('%s', (_name, answer) => expect(() => expectDocumented(answer)).not.toThrow());
});

/** The same answer with one member of its JSON body changed. */
const withBody = (answer: WireAnswer, changes: object): WireAnswer => ({
  ...answer,
  body: JSON.stringify({ ...(JSON.parse(answer.body) as object), ...changes }),
});
const withHeader = (answer: WireAnswer, name: string, value: string | undefined): WireAnswer => ({
  ...answer,
  headers: { ...answer.headers, [name]: value },
});

describe('the check catches', () => {
  test.each<[string, WireAnswer, RegExp]>([
    ['another status', { ...allocated, status: 203 }, /the status is not documented/],
    [
      'a status of another operation',
      { ...noCapacity, path: '/api/health', method: 'GET' },
      /status is not documented/,
    ],
    [
      'a member too many',
      withBody(allocated, { titleId: 'x' }),
      /must NOT have additional properties.*titleId/,
    ],
    [
      'a member too few',
      withBody(allocated, { hostName: undefined }),
      /must have required property 'hostName'/,
    ],
    ['a member of another type', withBody(allocated, { region: 7 }), /at \/region must be string/],
    [
      'a session id in upper case',
      withBody(allocated, { sessionId: SESSION.toUpperCase() }),
      /must match format "uuid"/,
    ],
    ['an unknown code', withBody(noCapacity, { code: 'out-of-servers' }), /at \/code must be equal/],
    ['a code under another status', { ...noCapacity, status: 502 }, /at \/code must be equal/],
    ['another `retryable`', withBody(noCapacity, { retryable: false }), /at \/retryable must be equal/],
    ['an empty body', { ...refused(new Problem('internal', 'x')), body: '' }, /the body is not JSON/],
    [
      'another content type',
      withHeader(allocated, 'content-type', 'text/html'),
      /"text\/html" is not documented/,
    ],
    ['a cacheable answer', withHeader(allocated, 'cache-control', undefined), /Cache-Control is missing/],
    [
      'a 200 that does not say that it is replayed',
      { ...allocated, status: 200 },
      /Idempotency-Replayed is missing/,
    ],
    [
      'a 201 that says it is replayed',
      withHeader(allocated, 'idempotency-replayed', 'true'),
      /idempotency-replayed is not documented/,
    ],
    [
      'an end that does not say what became of the host',
      withHeader(ended, 'allocation-end', undefined),
      /Allocation-End is missing/,
    ],
    ['another word on the host', withHeader(ended, 'allocation-end', 'gone'), /Allocation-End/i],
    [
      'an allocation that says what became of the host',
      withHeader(allocated, 'allocation-end', 'told'),
      /allocation-end is not documented/,
    ],
    ['a 202 without Retry-After', withHeader(pending, 'retry-after', undefined), /Retry-After is missing/],
    [
      'a Retry-After that the body does not repeat',
      withHeader(pending, 'retry-after', '3'),
      /is not the header Retry-After/,
    ],
    [
      'an operation that nobody documented',
      { ...allocated, path: '/api/v1/secrets', status: 200 },
      /operation is not documented/,
    ],
    ['an empty 404 of the broker', { ...allocated, status: 404, body: '' }, /the status is not documented/],
    [
      'a key asked for where none is',
      { ...allocated, path: '/api/health', method: 'GET', status: 401, body: '' },
      /status is not documented/,
    ],
  ])('%s', (_name, answer, message) => expect(() => expectDocumented(answer)).toThrow(message));
});

describe('every example in the document is of its own schema', () => {
  const named = examples.map(
    (example) =>
      [
        `${example.method} ${example.path} ${example.status} ${JSON.stringify(example.value['code'] ?? example.value['status'] ?? '')}`,
        example,
      ] as const,
  );
  test.each(named)('%s', (_name, { method, path, status, type, value }) => {
    const cacheable = path === '/api/v1/locations' && status === 200;
    const headers = {
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'cache-control': cacheable ? 'public, max-age=300' : 'no-store',
      ...(cacheable ? { vary: 'Origin' } : {}),
      ...(value['retryAfterSeconds'] === undefined
        ? {}
        : { 'retry-after': JSON.stringify(value['retryAfterSeconds']) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(value['status'] === 'allocated' && status === 200 ? { 'idempotency-replayed': 'true' } : {}),
    };
    expectDocumented({
      method,
      path: path.replace('{sessionId}', SESSION),
      status,
      headers,
      body: JSON.stringify(value),
    });
  });
});
