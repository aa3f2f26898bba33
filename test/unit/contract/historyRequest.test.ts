import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHistoryRequest } from '../../../lib/contract/historyRequest.ts';
import { parseTime, periodOf } from '../../../lib/contract/historyTime.ts';
import { Problem } from '../../../lib/contract/problem.ts';

const NOW = Date.parse('2026-11-22T08:15:30.250Z');
const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';

const parse = (query: string) => parseHistoryRequest(new URLSearchParams(query), NOW);

function refusal(query: string): Problem {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error(`expected a problem for ${query}`);
}

describe('a time', () => {
  it.each([
    ['90m', '2026-11-22T06:45:30.250Z'],
    ['2h', '2026-11-22T06:15:30.250Z'],
    ['3d', '2026-11-19T08:15:30.250Z'],
    ['0m', '2026-11-22T08:15:30.250Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['2026-11-22T08:15Z', '2026-11-22T08:15:00.000Z'],
    ['2026-11-22T08:15:30.250Z', '2026-11-22T08:15:30.250Z'],
    ['2026-11-22T09:15:00+01:00', '2026-11-22T08:15:00.000Z'],
    // A "+" that was not encoded.
    ['2026-11-22T09:15:00 01:00', '2026-11-22T08:15:00.000Z'],
    ['2026-11-22T01:15:00-07:00', '2026-11-22T08:15:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(Number(parseTime(text, NOW))).toISOString()).toBe(expected);
  });

  const such = 'a time such as 2026-11-22T08:15:00Z, 90m, 2h or 3d';
  it.each([
    ['2', such],
    ['h', such],
    ['-2h', such],
    ['2 h', such],
    ['2w', such],
    ['100000d', such],
    ['now', such],
    ['yesterday', such],
    ['1795335330250', such],
    ['2026-11-22T08:15:30', such],
    ['2026-11-22Z', such],
    ['2026-11-22T25:00Z', such],
    ['2026-11-22T08:60Z', such],
    ['2026-11-22T08:15+99:00', such],
    ['22/11/2026', such],
    ['2026-13-01', 'a day that exists'],
    ['2026-00-10', 'a day that exists'],
    ['2026-11-00', 'a day that exists'],
    ['2026-11-31', 'a day that exists'],
    ['2026-02-30T08:00Z', 'a day that exists'],
    ['2023-02-29', 'a day that exists'],
    ['1900-02-29', 'a day that exists'],
    ['1969-12-31', 'a time since 1970'],
    ['1969-12-31T23:59:59.999Z', 'a time since 1970'],
    ['1970-01-01T00:00:00+01:00', 'a time since 1970'],
    ['0000-01-01', 'a time since 1970'],
    ['20780d', 'a time since 1970'],
    ['99999d', 'a time since 1970'],
  ])('%s is none: %s is expected', (text, expected) => {
    expect(parseTime(text, NOW)).toEqual({ expected });
  });

  it.each([
    ['20779d', '1970-01-01T08:15:30.250Z'],
    ['1970-01-01', '1970-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T24:00Z', '2000-03-01T00:00:00.000Z'],
  ])('%s is one: %s', (text, expected) => {
    expect(new Date(Number(parseTime(text, NOW))).toISOString()).toBe(expected);
  });
});

describe('a query', () => {
  it('without parameters asks for the last hour', () => {
    expect(parse('')).toEqual({
      sinceMs: Date.parse('2026-11-22T07:15:30.250Z'),
      untilMs: NOW,
      limit: 100,
    });
  });

  it('of a session looks back three days', () => {
    expect(parse(`session=${SESSION.toUpperCase()}`)).toMatchObject({
      sessionId: SESSION,
      sinceMs: Date.parse('2026-11-19T08:15:30.250Z'),
    });
  });

  it('says everything', () => {
    const query =
      'since=2026-11-22&until=1h&outcome=no-capacity&region=West+US&gameMode=duel&fleet=playfab&upstreamStatus=503&effort=takeover&limit=1000&continuation=abc';
    expect(parse(query)).toEqual({
      sinceMs: Date.parse('2026-11-22T00:00:00Z'),
      untilMs: Date.parse('2026-11-22T07:15:30.250Z'),
      outcome: 'no-capacity',
      region: 'West US',
      gameMode: 'duel',
      fleet: 'playfab',
      upstreamStatus: 503,
      effort: 'takeover',
      limit: 1_000,
      continuation: 'abc',
    });
  });

  it('asks for attempts without a status of the fleet', () => {
    expect(parse('upstreamStatus=none').upstreamStatus).toBe('none');
  });

  it('ends a day ahead at the latest: each hour of it is looked through', () => {
    expect(parse('until=9999-12-31').untilMs).toBe(Date.parse('2026-11-23T08:15:30.250Z'));
    expect(parse('until=2026-11-22T09:00Z').untilMs).toBe(Date.parse('2026-11-22T09:00:00Z'));
  });

  it('takes empty parameters for absent ones, and leaves the key of the host alone', () => {
    expect(parse('outcome=&session=%20&limit=&code=a-key')).toEqual(parse(''));
  });

  it.each([
    ['since=2', '/since'],
    ['until=later', '/until'],
    ['since=1h&until=2h', '/since'],
    ['since=1h&until=1h', '/since'],
    ['since=0m', '/since'],
    ['until=1h', '/until'],
    [`until=3d&session=${SESSION}`, '/until'],
    ['region=%07', '/region'],
    ['gameMode=a%00b', '/gameMode'],
    ['outcome=Allocated', '/outcome'],
    [`region=${'x'.repeat(129)}`, '/region'],
    [`gameMode=${'x'.repeat(129)}`, '/gameMode'],
    ['fleet=playfabb', '/fleet'],
    ['fleet=PlayFab', '/fleet'],
    ['session=1', '/session'],
    ['upstreamStatus=99', '/upstreamStatus'],
    ['upstreamStatus=600', '/upstreamStatus'],
    ['upstreamStatus=5e2', '/upstreamStatus'],
    ['upstreamStatus=None', '/upstreamStatus'],
    ['effort=two', '/effort'],
    ['limit=0', '/limit'],
    ['limit=1001', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=1e3', '/limit'],
    [`continuation=${'x'.repeat(2_049)}`, '/continuation'],
    ['limit=1&limit=2', '/limit'],
    ['sesion=1', ''],
  ])('%s is refused, naming %s', (query, pointer) => {
    const problem = refusal(query);
    expect(problem.code).toBe('invalid-request');
    expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('tells the choices of a fleet that is none', () => {
    expect(refusal('fleet=agones').errors).toEqual([
      { pointer: '/fleet', message: 'expected one of sessionhosts, playfab' },
    ]);
  });

  it('tells the choices of an effort and of a status', () => {
    expect(refusal('effort=much&upstreamStatus=bad').errors).toEqual([
      { pointer: '/upstreamStatus', message: 'expected a status from 100 to 599, or none' },
      { pointer: '/effort', message: 'expected one of several, takeover, overflow' },
    ]);
  });

  it('tells every mistake at once, and repeats no value', () => {
    const problem = refusal('since=SECRET&limit=SECRET&SECRET=1');
    expect(problem.errors).toEqual([
      {
        pointer: '',
        message:
          'an unknown parameter: expected none but since, until, outcome, region, gameMode, fleet, session, upstreamStatus, effort, limit, sample, continuation',
      },
      { pointer: '/since', message: 'expected a time such as 2026-11-22T08:15:00Z, 90m, 2h or 3d' },
      { pointer: '/limit', message: 'expected a whole number from 1 to 1000' },
    ]);
    expect(JSON.stringify([problem.detail, problem.errors])).not.toContain('SECRET');
    expect(problem.detail).toMatch(
      /^The query is not valid: an unknown parameter: .* \(and 2 more, see errors\)\.$/,
    );
  });
});

it("the operators' page begins with the period that is read where none is given", () => {
  const page = readFileSync(join(__dirname, '../../../ops/index.html'), 'utf8');
  const [, range = ''] = /<select id="range">(.*?)<\/select>/s.exec(page) ?? [];
  const [, minutes] = /<option value="(\d+)" selected>/.exec(range) ?? [];
  expect(periodOf({}, false, NOW).sinceMs).toBe(NOW - Number(minutes) * 60_000);
});
