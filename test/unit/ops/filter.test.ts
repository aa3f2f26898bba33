import { ending } from '../../support/attempts.ts';
import type { Attempt } from '../../../lib/contract/attempt.ts';
import { isWanted, NO_FILTER } from '../../../ops/filter.ts';

const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
  attemptId: '0a4c2f0e-7a55-4a9b-9a0c-0c5d8a1a7c11',
  generation: 1,
  gameMode: 'duel',
  outcome: 'allocated',
  claimedAt: '2026-11-22T08:15:30.250Z',
  locations: ['West US'],
  fleetCalls: 1,
  ...over,
});

it.each([
  ['effort', 'several', attempt({ fleetCalls: 2 }), true],
  ['effort', 'several', attempt(), false],
  ['effort', 'several', attempt({ takeover: true }), false],
  ['effort', 'takeover', attempt({ takeover: true }), true],
  ['effort', 'takeover', attempt({ fleetCalls: 2 }), false],
  ['effort', 'overflow', attempt({ fleetsAsked: ['sessionhosts', 'playfab'] }), true],
  ['effort', 'overflow', attempt({ fleetCalls: 2 }), false],
  ['effort', 'of a newer version', attempt(), true],
  ['upstream', '200', attempt({ upstreamStatus: 200 }), true],
  ['upstream', '503', attempt({ upstreamStatus: 200 }), false],
  ['upstream', 'none', attempt(), true],
  ['upstream', 'none', attempt({ upstreamStatus: 200 }), false],
  // Endings: no effort at all, no answer where nothing was asked, and regions as the fleet spells them.
  ['effort', 'several', ending({ fleetCalls: 2 }), false],
  ['outcome', 'ended', ending(), true],
  ['outcome', 'ended', attempt(), false],
  ['upstream', '409', ending({ upstreamStatus: 409 }), true],
  ['region', 'West US', ending({ region: 'WestUs' }), true],
  ['region', 'East US', ending({ region: 'WestUs' }), false],
  ['region', 'West US', attempt({ region: 'WestUS' }), true],
])('%s %s: %j is shown: %j', (name, value, one, expected) => {
  expect(isWanted(one, { ...NO_FILTER, [name]: value })).toBe(expected);
});
