import fc from 'fast-check';
import { parseAllocationRequest, parseSessionId } from '../../../lib/contract/parseRequest.ts';
import { Problem } from '../../../lib/contract/problem.ts';
import type { AllocationRequest } from '../../../lib/contract/request.ts';

const MODES = new Set(['duel', 'ranked']);
const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const valid = { sessionId: SESSION, gameMode: 'duel' };
const KNOWN = 'sessionId, gameMode, latencies, players, partySize, sessionCookie';

const parse = (body: unknown): AllocationRequest =>
  parseAllocationRequest(
    typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    MODES,
  );

function problemOf(body: unknown): Problem {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe('bodies that are accepted', () => {
  it('takes the least there is', () => {
    expect(parse(valid)).toEqual({ sessionId: SESSION, gameMode: 'duel', players: [] });
  });

  it('takes what JsonUtility writes for a class with all five members and only latencies filled', () => {
    const body =
      '{"sessionId":"3536D3E6-E85D-4F47-B898-9617D19DABCD","gameMode":"duel","latencies":[{"location":"West US","ms":34.5},{"location":"North Europe","ms":142.0}],"players":[],"sessionCookie":""}';
    expect(parse(body)).toEqual({
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      gameMode: 'duel',
      players: [
        {
          latencies: [
            { location: 'West US', ms: 34.5 },
            { location: 'North Europe', ms: 142 },
          ],
        },
      ],
    });
  });

  it.each([[null], [''], [[]]])('takes %j as absent wherever a member is optional', (absent) => {
    const players = [
      { playerId: absent, latencies: absent },
      { playerId: 'p2', latencies: [{ location: 'a', ms: 1 }] },
    ];
    const body = { ...valid, latencies: absent, players, sessionCookie: absent };
    expect(parse(body)).toEqual({
      sessionId: SESSION,
      gameMode: 'duel',
      players: [{ latencies: [] }, { playerId: 'p2', latencies: [{ location: 'a', ms: 1 }] }],
    });
  });

  it.each([
    [1, 1],
    [64, 64],
    [0, undefined],
    [null, undefined],
  ])('reads a partySize of %p as %p', (partySize, read) => {
    expect(parse({ ...valid, partySize }).partySize).toBe(read);
  });

  it('takes a cookie of exactly 4096 bytes', () => {
    const cookie = 'é'.repeat(2048);
    expect(parse({ ...valid, sessionCookie: cookie }).sessionCookie).toBe(cookie);
  });

  it('takes bytes, with a byte order mark', () => {
    const bytes = new TextEncoder().encode(`\ufeff${JSON.stringify(valid)}`);
    expect(parse(bytes).sessionId).toBe(SESSION);
  });

  it('takes the same location in the lists of two players', () => {
    const latencies = [{ location: 'a', ms: 1 }];
    expect(parse({ ...valid, players: [{ latencies }, { latencies }] }).players).toHaveLength(2);
  });
});

describe('measurements that are none', () => {
  it.each([
    ['null', 'null'],
    ['0', 'zero-or-less'],
    ['-0.0', 'zero-or-less'],
    ['-1', 'zero-or-less'],
    ['-1e400', 'zero-or-less'],
    ['60000.5', 'over-a-minute'],
    ['2147483647', 'over-a-minute'],
    ['3.40282347E+38', 'over-a-minute'],
    ['1.7976931348623157e308', 'over-a-minute'],
    ['1e400', 'over-a-minute'],
  ])('%s ms is dropped: %s', (ms, reason) => {
    const dropped = [{ location: 'a', reason }];
    expect(parse(withMs(ms)).players).toEqual([{ latencies: [], dropped }]);
  });

  it.each([['60000'], ['5e-324'], ['0.001']])('%s ms is one', (ms) => {
    expect(parse(withMs(ms)).players).toEqual([{ latencies: [{ location: 'a', ms: Number(ms) }] }]);
  });

  it('of a location that is named twice, the smallest counts', () => {
    const latencies = [
      { location: 'West US', ms: 30 },
      { location: 'East US', ms: 80 },
      { location: 'westus', ms: 20 },
      { location: 'WEST US', ms: 40 },
      { location: 'West US', ms: 0 },
    ];
    const told = {
      latencies: [
        { location: 'westus', ms: 20 },
        { location: 'East US', ms: 80 },
      ],
      dropped: [
        { location: 'westus', reason: 'repeated' },
        { location: 'WEST US', reason: 'repeated' },
        { location: 'West US', reason: 'zero-or-less' },
      ],
    };
    expect(parse({ ...valid, latencies }).players).toEqual([told]);
    expect(parse({ ...valid, players: [{ playerId: 'p1', latencies }] }).players).toEqual([
      { playerId: 'p1', ...told },
    ]);
  });
});

const withMs = (ms: string): string =>
  `{"sessionId":"${SESSION}","gameMode":"duel","latencies":[{"location":"a","ms":${ms}}]}`;
const list = (length: number): { location: string; ms: number }[] =>
  Array.from({ length }, (_, index) => ({ location: `l${index}`, ms: 1 }));

describe('bodies that are refused, with the pointer to the mistake', () => {
  const MS = 'expected a number or null';
  it.each<[string, unknown, string, string]>([
    ['an empty body', '', '', 'the body is empty: expected a JSON object in UTF-8'],
    ['no JSON', '{"sessionId":', '', 'not JSON at line 1, column 14: expected a JSON object in UTF-8'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), '', 'not UTF-8: expected a JSON object in UTF-8'],
    ['a list', [], '', 'expected an object'],
    ['null', 'null', '', 'expected an object'],
    [
      'an unknown member',
      { ...valid, titleId: '1' },
      '/titleId',
      `unknown member: expected none but ${KNOWN}`,
    ],
    [
      '__proto__ as a member',
      `{"sessionId":"${SESSION}","gameMode":"duel","__proto__":{"sessionCookie":"x"}}`,
      '/__proto__',
      `unknown member: expected none but ${KNOWN}`,
    ],
    [
      'constructor as a member',
      { ...valid, constructor: 1 },
      '/constructor',
      `unknown member: expected none but ${KNOWN}`,
    ],
    [
      'an unknown member that is absent',
      { ...valid, 'a/b~': null },
      '/a~1b~0',
      `unknown member: expected none but ${KNOWN}`,
    ],
    [
      'an unknown member with a hostile name',
      { ...valid, '<script>\n': 1 },
      '',
      `an unknown member: expected none but ${KNOWN}`,
    ],
    [
      'an unknown member of a player',
      { ...valid, players: [{ name: 'x' }] },
      '/players/0/name',
      'unknown member: expected none but playerId, latencies',
    ],
    ['no sessionId', { gameMode: 'duel' }, '/sessionId', 'missing: expected a GUID'],
    ['a sessionId that is no GUID', { ...valid, sessionId: 'match-1' }, '/sessionId', 'expected a GUID'],
    [
      'a sessionId with more behind',
      { ...valid, sessionId: `${SESSION}\n` },
      '/sessionId',
      'expected a GUID',
    ],
    ['no gameMode', { sessionId: SESSION }, '/gameMode', 'missing: expected a string of 1 to 128 characters'],
    ['a partySize of 65', { ...valid, partySize: 65 }, '/partySize', 'expected a whole number from 0 to 64'],
    ['half a player', { ...valid, partySize: 2.5 }, '/partySize', 'expected a whole number from 0 to 64'],
    ['an unknown gameMode', { ...valid, gameMode: '<b>x</b>' }, '/gameMode', 'expected one of duel, ranked'],
    [
      'a cookie of 4097 bytes in 2-byte characters',
      { ...valid, sessionCookie: `${'é'.repeat(2048)}x` },
      '/sessionCookie',
      'expected at most 4096 bytes of UTF-8',
    ],
    [
      'half a surrogate pair in the cookie',
      `{"sessionId":"${SESSION}","gameMode":"duel","sessionCookie":"\\ud800"}`,
      '/sessionCookie',
      'expected well-formed Unicode',
    ],
    ['"34" ms', withMs('"34"'), '/latencies/0/ms', MS],
    ['"" ms', withMs('""'), '/latencies/0/ms', MS],
    ['[] ms', withMs('[]'), '/latencies/0/ms', MS],
    ['true ms', withMs('true'), '/latencies/0/ms', MS],
    ['NaN ms', withMs('NaN'), '', 'not JSON at line 1, column 105: expected a JSON object in UTF-8'],
    [
      'no ms',
      { ...valid, latencies: [{ location: 'a' }] },
      '/latencies/0/ms',
      'missing: expected a number or null',
    ],
    [
      'a location that is null',
      { ...valid, latencies: [{ location: null, ms: 1 }] },
      '/latencies/0/location',
      'expected a string of 1 to 128 characters',
    ],
    [
      'an entry that is null: entries keep their places',
      { ...valid, latencies: [{ location: 'a', ms: 1 }, null] },
      '/latencies/1',
      'expected an object',
    ],
    [
      'latencies and players together',
      { ...valid, latencies: list(1), players: [{}] },
      '/players',
      'expected either latencies or players, not both',
    ],
    [
      '65 latencies',
      { ...valid, latencies: list(65) },
      '/latencies',
      'expected a list of at most 64 entries',
    ],
    [
      '65 players',
      { ...valid, players: Array(65).fill({}) },
      '/players',
      'expected a list of at most 64 entries',
    ],
    [
      '65 latencies of one player',
      { ...valid, players: [{}, { latencies: list(65) }] },
      '/players/1/latencies',
      'expected a list of at most 64 entries',
    ],
    [
      '1025 measurements',
      { ...valid, players: [...Array<object>(16).fill({ latencies: list(64) }), { latencies: list(1) }] },
      '/players',
      'expected at most 1024 measurements in all',
    ],
  ])('%s', (_name, body, pointer, message) => {
    const problem = problemOf(body);
    expect(problem.code).toBe('invalid-request');
    expect(problem.errors).toEqual([{ pointer, message }]);
    expect(problem.detail).toBe(
      `The request body is not valid: ${pointer === '' ? '' : `${pointer}: `}${message}.`,
    );
  });

  it('tells all mistakes, sixteen at most, and how many there are', () => {
    expect(problemOf({ sessionId: 1 }).errors).toEqual([
      { pointer: '/gameMode', message: 'missing: expected a string of 1 to 128 characters' },
      { pointer: '/sessionId', message: 'expected a GUID' },
    ]);
    const problem = problemOf({ ...valid, latencies: Array(64).fill(0) });
    expect(problem.errors).toHaveLength(16);
    expect(problem.detail).toBe(
      'The request body is not valid: /latencies/0: expected an object (and 63 more, see errors).',
    );
  });
});

describe('whatever is sent', () => {
  const accepts = (body: string | Uint8Array): void => {
    try {
      parse(body);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      const problem = error as Problem;
      expect(problem.errors?.length).toBeGreaterThan(0);
      expect(problem.errors?.length).toBeLessThanOrEqual(16);
      expect(problem.detail.length).toBeLessThan(400);
    }
  };

  it('answers bytes with a request or a problem', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), accepts));
  });

  it('answers JSON with a request or a problem', () => {
    fc.assert(fc.property(fc.json(), accepts));
  });

  it('answers bodies of nearly the right shape with a request or a problem', () => {
    const some = fc.oneof(fc.jsonValue(), fc.constantFrom('duel', SESSION, '', null, [], 'West US', -1));
    const latencies = fc.oneof(some, fc.array(fc.oneof(some, fc.record({ location: some, ms: some }))));
    const player = fc.oneof(some, fc.record({ playerId: some, latencies }, { requiredKeys: [] }));
    const body = fc.record(
      {
        sessionId: fc.oneof(some, fc.constant(SESSION)),
        gameMode: fc.oneof(some, fc.constant('duel')),
        latencies,
        players: fc.oneof(some, fc.array(player)),
        sessionCookie: some,
        __proto__: some,
      },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(body, (value) => accepts(JSON.stringify(value))));
  });
});

describe('parseSessionId', () => {
  it('gives the id in its canonical spelling', () => {
    expect(parseSessionId('3536D3E6-E85D-4F47-B898-9617D19DABCD')).toBe(SESSION);
    expect(parseSessionId('{3536D3E6E85D4F47B8989617D19DABCD}')).toBe(SESSION);
  });

  it.each([[''], ['x'], [`${SESSION}x`], [`{${SESSION})`], [`${SESSION}\n`]])('refuses %j', (text) => {
    expect(() => parseSessionId(text)).toThrow(
      expect.objectContaining({
        code: 'invalid-request',
        detail: 'The session id in the path is not valid: expected a GUID.',
      }) as Error,
    );
  });
});
