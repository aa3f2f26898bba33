import { detailsOf } from '../../../lib/insights/attemptDetails.ts';
import { attempt, without } from '../../support/attempts.ts';

it('tells what was asked for and why, counting players from 1', () => {
  const details = detailsOf(
    attempt({
      region: 'EastUS',
      preferenceRank: 2,
      fleetCalls: 2,
      fleetMs: 1_250,
      invocationId: 'i-1',
      placement: {
        aggregate: 'worst',
        maxLatencyMs: 120,
        strict: true,
        players: 2,
        ignoredHints: 3,
        ignoredNames: ['Atlantis', 'Mars'],
        asked: 2,
        ranking: [
          {
            location: 'West US',
            rank: 1,
            rule: 'measured',
            aggregateMs: 34.5,
            penaltyMs: 10,
            worst: { player: 0, ms: 34.5 },
            measuredBy: 2,
          },
          { location: 'East US', rank: 2, rule: 'unmeasured', measuredBy: 0 },
        ],
        excluded: [
          {
            location: 'Japan East',
            rule: 'beyond-cap',
            aggregateMs: 180,
            worst: { player: 1, ms: 180 },
            measuredBy: 2,
          },
        ],
        cut: 1,
      },
      hints: {
        players: 2,
        withHints: 1,
        measurements: 2,
        dropped: { null: 1, 'over-a-minute': 2, 'by-moonlight': 3 } as object,
        locations: [{ location: 'West US', players: 1, minMs: 30, meanMs: 34.5, maxMs: 39 }],
      },
    }),
  );
  expect(details.rule).toBe(
    'Ordered by the worst of 2 players, at most 120 ms; asked for the first 2; 3 hints for locations not on offer (Atlantis, Mars); 1 more locations not kept.',
  );
  expect(details.ranking).toEqual([
    {
      rank: '1',
      location: 'West US',
      why: 'measured by every player',
      figure: '34.5 ms + 10 penalty',
      worst: '34.5 ms (player 1)',
      measuredBy: '2 of 2',
    },
    {
      rank: '2',
      location: 'East US',
      why: 'measured by nobody',
      figure: '–',
      worst: '–',
      measuredBy: '0 of 2',
    },
    {
      rank: '–',
      location: 'Japan East',
      why: 'left out: too far for at least one player',
      figure: '180 ms',
      worst: '180 ms (player 2)',
      measuredBy: '2 of 2',
    },
  ]);
  expect(details.hints).toEqual({
    summary:
      '2 measurements by 1 of 2 players; not counted: 1 without a number, 2 of more than a minute, 3 by-moonlight',
    lines: [{ location: 'West US', players: 1, range: '30 / 34.5 / 39 ms' }],
  });
  expect(details.facts).toContainEqual({ label: 'Region', text: 'East US (choice 2 of 3)' });
  expect(details.facts).toContainEqual({ label: 'Took', text: '900 ms' });
  expect(details.facts).toContainEqual({ label: 'Fleet calls', text: '2, 1.25 s in all' });
});

it('says where values were clamped or filled in, and that the cap was relaxed', () => {
  const head = { aggregate: 'mean', maxLatencyMs: 120, relaxedAfterSeconds: 5, clampMs: 250 } as const;
  const ranking = [
    { location: 'West US', rank: 1, rule: 'partial', measuredBy: 3, clamped: 1, filled: 2 },
    { location: 'East US', rank: 2, rule: 'partial', measuredBy: 4, filled: 1 },
  ] as const;
  const details = detailsOf(
    attempt({ placement: { ...head, players: 5, ignoredHints: 0, asked: 1, ranking, excluded: [] } }),
  );
  expect(details.rule).toBe(
    'Ordered by the mean of 5 players, preferably at most 120 ms (relaxed after 5 s); asked for the first 1.',
  );
  expect(details.ranking.map(({ measuredBy }) => measuredBy)).toEqual([
    '3 of 5, 1 clamped, 2 filled in',
    '4 of 5, 1 filled in',
  ]);
});

it('leaves out what an attempt does not know', () => {
  const {
    closedAt: _closed,
    fleetMs: _ms,
    fleetCalls: _calls,
    upstreamStatus: _status,
    ...open
  } = without('open');
  const details = detailsOf(open);
  expect(details.ranking).toEqual([]);
  expect(details).not.toHaveProperty('rule');
  expect(details.facts.map(({ label }) => label)).toEqual([
    ...['Outcome', 'Meaning', 'Began', 'Game mode', 'Asked for', 'Session', 'Generation', 'Attempt'],
  ]);
});

it('shows the name of a rule that only a newer version has words for', () => {
  const rule = 'by-moonlight' as 'measured';
  const head = { aggregate: 'mean', players: 1, ignoredHints: 0, asked: 1, excluded: [] } as const;
  const ranking = [{ location: 'West US', rank: 1, rule, measuredBy: 1 }];
  expect(detailsOf(attempt({ placement: { ...head, ranking } })).ranking).toMatchObject([
    { why: 'by-moonlight' },
  ]);
});

it('says what to look at where the fleet refused', () => {
  const details = detailsOf(without('upstream-rejected', { reason: 'check the buildId' }));
  expect(details.facts).toContainEqual({ label: 'Reason', text: 'check the buildId' });
});

it.each([
  ['sessionhosts playfab', 'sessionhosts had no server free; playfab was asked after it'],
  // A canary between two builds of one fleet.
  ['playfab playfab', 'playfab had no server free; it was asked again, for another build or game mode'],
  [
    'playfab sessionhosts playfab',
    'playfab and sessionhosts had no server free; playfab was asked after them, for another build or game mode of it',
  ],
])('says which fleets had no server free: %s', (asked, text) => {
  const { facts } = detailsOf(attempt({ fleet: 'playfab', fleetsAsked: asked.split(' ') }));
  expect(facts).toContainEqual({ label: 'Overflow', text });
});

it('says nothing of it where one fleet was asked', () => {
  expect(detailsOf(attempt()).facts.map(({ label }) => label)).not.toContain('Overflow');
});

it('says that the sweep closed an attempt', () => {
  const details = detailsOf(without('unknown', { closedBy: 'sweep' }));
  expect(details.facts).toContainEqual({ label: 'Closed', text: '2026-11-22 08:15:00.900 UTC by the sweep' });
});

it.each([
  [{ callersHeard: 4, instancesHeard: 2 }, '4, in 2 instances'],
  [{ callersHeard: 1, instancesHeard: 1 }, '1, in 1 instance'],
  [{}, undefined],
])('says how many callers were heard: %j', (heard, text) => {
  const fact = detailsOf(attempt(heard)).facts.find(({ label }) => label === 'Callers heard');
  expect(fact?.text).toBe(text);
});
