import { RECORDED_OUTCOMES, isFailure } from '../../../lib/contract/outcomes.ts';
import { formatMs, formatRate, percentile } from '../../../lib/insights/figures.ts';
import { byLocation } from '../../../lib/insights/locations.ts';
import { countOutcomes, kindOf, meaningOf } from '../../../lib/insights/outcomes.ts';
import { summarise } from '../../../lib/insights/summary.ts';
import { DurationTally } from '../../../lib/insights/tally.ts';
import { attempt, without } from '../../support/attempts.ts';

describe('figures', () => {
  it.each([
    [50, [1, 2, 3, 4], 2],
    [95, [1, 2, 3, 4], 4],
    [95, Array.from({ length: 100 }, (_, index) => 100 - index), 95],
    [50, [30, 9, 200], 30],
    [0, [7, 8], 7],
    [50, [], undefined],
  ])('takes the %d th percentile by nearest rank', (percent, values, expected) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it('knows no percentiles of nothing', () => {
    const times = new DurationTally();
    expect(times.durations()).toEqual({ count: 0 });
    times.add(5);
    times.add(1);
    expect(times.durations()).toEqual({ count: 2, p50: 1, p95: 5 });
  });

  it.each([
    [{ count: 7, of: 8 }, '87.5 %'],
    [{ count: 2, of: 3 }, '66.7 %'],
    [{ count: 0, of: 0 }, '–'],
  ])('writes the rate %j as %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  it.each([
    [0, '0 ms'],
    [839.6, '840 ms'],
    [1250, '1.25 s'],
    [undefined, '–'],
  ])('writes %s milliseconds as %s', (ms, text) => expect(formatMs(ms)).toBe(text));
});

describe('outcomes', () => {
  it('counts from good to bad, and what it does not know last', () => {
    expect(
      countOutcomes(
        (['unrecognised', 'no-capacity', 'allocated', 'no-capacity'] as const).map((each) => without(each)),
      ),
    ).toEqual([
      { outcome: 'allocated', count: 1 },
      { outcome: 'no-capacity', count: 2 },
      { outcome: 'unrecognised', count: 1 },
    ]);
  });

  it('says what a problem meant for the caller', () => {
    expect(meaningOf('no-capacity')).toBe(
      'No server is free: the caller got 503 no-capacity, and may repeat it.',
    );
    expect(meaningOf('upstream-rejected')).toBe(
      'The fleet refused the broker: the caller got 502 upstream-rejected, not to be repeated.',
    );
    expect(meaningOf('unrecognised')).toBe('A newer version wrote an outcome that this one does not know.');
  });

  it('are failures where a player who should have a server has none', () => {
    expect(RECORDED_OUTCOMES.filter((each) => !isFailure(each))).toEqual([
      ...['open', 'allocated', 'pending', 'ended', 'session-ended'],
    ]);
    // The kinds say the same, more finely.
    const fine = RECORDED_OUTCOMES.filter((each) => ['host', 'waiting', 'over'].includes(kindOf(each)));
    expect(fine).toEqual(RECORDED_OUTCOMES.filter((each) => !isFailure(each)));
  });

  it('takes what it does not know for a fault', () => {
    const outcomes = ['allocated', 'pending', 'no-capacity', 'unknown', 'internal', 'unrecognised'] as const;
    expect(outcomes.map(kindOf)).toEqual(['host', 'waiting', 'capacity', 'doubt', 'fault', 'fault']);
  });
});

it('sums a period up', () => {
  const again = attempt({ closedAt: '2026-11-22T08:15:02.500Z' });
  const summary = summarise([
    again,
    without('pending', { sessionId: again.sessionId, fleetMs: 9_000, fleetCalls: 4, takeover: true }),
    attempt({ fleetMs: 400, fleet: 'playfab' }),
    attempt({ region: 'EastUS', preferenceRank: 2, fleetMs: 1_200 }),
    without('no-capacity', { fleetMs: 3, fleet: 'playfab', upstreamStatus: 503 }),
  ]);
  expect(summary).toEqual({
    estimated: false,
    attempts: 5,
    sessions: 4,
    allocations: 3,
    over: 0,
    outcomes: [
      { outcome: 'allocated', count: 3 },
      { outcome: 'pending', count: 1 },
      { outcome: 'no-capacity', count: 1 },
    ],
    firstPreference: { count: 2, of: 3 },
    fallback: { count: 1, of: 3 },
    fleetMs: { count: 3, p50: 800, p95: 1_200 },
    totalMs: { count: 3, p50: 900, p95: 2_500 },
    severalCalls: { count: 1, of: 5 },
    takeovers: { count: 1, of: 5 },
    upstreamStatuses: [
      { status: 200, attempts: 4 },
      { status: 503, attempts: 1 },
    ],
    regions: [
      {
        region: 'West US',
        allocations: 2,
        firstPreference: { count: 2, of: 2 },
        fleetMs: { count: 2, p50: 400, p95: 800 },
      },
      {
        region: 'East US',
        allocations: 1,
        firstPreference: { count: 0, of: 1 },
        fleetMs: { count: 1, p50: 1_200, p95: 1_200 },
      },
    ],
    fleets: [
      // Of a version that knew one fleet only.
      {
        ...{ fleet: 'not recorded', attempts: 3, allocations: 2, over: 0 },
        fleetMs: { count: 2, p50: 800, p95: 1_200 },
      },
      {
        ...{ fleet: 'playfab', attempts: 2, allocations: 1, over: 0 },
        fleetMs: { count: 1, p50: 400, p95: 400 },
      },
    ],
  });
});

it('counts attempts whose session was ended apart, by fleet too, and as often as each stands for', () => {
  const summary = summarise([
    attempt({ fleet: 'playfab' }),
    without('session-ended', { fleet: 'playfab', weight: 2.6 }),
    without('session-ended', { fleet: 'sessionhosts' }),
  ]);
  expect(summary).toMatchObject({
    ...{ attempts: 5, allocations: 1, over: 4 },
    fleets: [
      { fleet: 'playfab', attempts: 4, allocations: 1, over: 3 },
      { fleet: 'sessionhosts', attempts: 1, allocations: 0, over: 1 },
    ],
  });
});

it('gives the share of each mode that asked another fleet, where one did, the most first', () => {
  const overflowed = { fleet: 'playfab', fleetsAsked: ['sessionhosts', 'playfab'] };
  const { overflows } = summarise([
    attempt(overflowed),
    attempt(),
    attempt({ gameMode: 'raid', weight: 10 }),
    attempt({ gameMode: 'raid', weight: 30, ...overflowed }),
    without('no-capacity', { gameMode: 'raid', ...overflowed }),
    attempt({ gameMode: 'siege' }),
  ]);
  expect(overflows).toEqual([
    { gameMode: 'raid', rate: { count: 31, of: 41 } },
    { gameMode: 'duel', rate: { count: 1, of: 2 } },
  ]);
  expect(summarise([attempt()])).not.toHaveProperty('overflows');
});

it('counts a miss for each location that was asked for before the one that was got, or in vain', () => {
  const figures = byLocation([
    attempt(),
    attempt({ region: 'NorthEurope', preferenceRank: 3 }),
    without('no-capacity', { locations: ['East US', 'West US'] }),
    without('upstream-failed'),
  ]);
  expect(figures).toEqual([
    { location: 'West US', firstPreference: { count: 1, of: 2 }, hosts: 1, misses: 2 },
    { location: 'East US', firstPreference: { count: 0, of: 0 }, hosts: 0, misses: 2 },
    { location: 'North Europe', firstPreference: { count: 0, of: 0 }, hosts: 1, misses: 0 },
  ]);
});

it('draws no conclusion about the locations asked for from a host that is somewhere else', () => {
  const { preferenceRank: _rank, ...elsewhere } = attempt({ region: 'BrazilSouth', locations: ['West US'] });
  expect(byLocation([elsewhere])).toEqual([
    { location: 'West US', firstPreference: { count: 0, of: 1 }, hosts: 0, misses: 0 },
    { location: 'BrazilSouth', firstPreference: { count: 0, of: 0 }, hosts: 1, misses: 0 },
  ]);
});

it('takes no time of an attempt that the sweep has closed: it is when it was found', () => {
  const found = attempt({ closedAt: '2026-11-22T09:00:00.000Z', closedBy: 'sweep' });
  expect(summarise([found, attempt()]).totalMs).toEqual({ count: 1, p50: 900, p95: 900 });
});

describe('a sample', () => {
  const sample = [
    attempt({ weight: 10.4, fleetMs: 100 }),
    attempt({ weight: 2.2, fleetMs: 900, region: 'EastUS', preferenceRank: 2 }),
    without('no-capacity', { weight: 1.2 }),
    attempt({ fleetMs: 5_000 }),
  ];

  it('counts each attempt as often as it stands for, in whole numbers, and no sessions', () => {
    const summary = summarise(sample);
    expect(summary).toMatchObject({
      estimated: true,
      attempts: 15,
      allocations: 14,
      outcomes: [
        { outcome: 'allocated', count: 14 },
        { outcome: 'no-capacity', count: 1 },
      ],
      firstPreference: { count: 11, of: 14 },
      fleetMs: { count: 14, p50: 100, p95: 5_000 },
      regions: [
        { region: 'West US', allocations: 11 },
        { region: 'East US', allocations: 2 },
      ],
    });
    expect(summary).not.toHaveProperty('sessions');
  });

  it('counts so by location, too', () => {
    expect(byLocation(sample).slice(0, 2)).toEqual([
      { location: 'West US', firstPreference: { count: 11, of: 14 }, hosts: 11, misses: 3 },
      { location: 'East US', firstPreference: { count: 0, of: 0 }, hosts: 2, misses: 1 },
    ]);
  });
});
