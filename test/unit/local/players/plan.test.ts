import { loadRegionLatencies, loadSourceWeights } from '../../../../local/data/latencies.ts';
import { seededRandom } from '../../../../local/data/random.ts';
import { type PlannedCall, type PlanOptions, planCalls } from '../../../../local/players/plan.ts';

const OPTIONS: PlanOptions = {
  rate: 20,
  seconds: 5,
  party: { from: 1, to: 10 },
  retryShare: 0.25,
  matchmakerShare: 0.5,
  gameMode: 'duel',
};

function plan(options: Partial<PlanOptions> = {}, seed = 7): PlannedCall[] {
  const world = {
    locations: ['West US', 'Atlantis'],
    latencies: loadRegionLatencies(),
    weights: loadSourceWeights(),
  };
  return planCalls({ ...OPTIONS, ...options }, { ...world, random: seededRandom(seed) });
}

const sessions = (calls: readonly PlannedCall[]): number =>
  new Set(calls.map(({ request }) => request.sessionId)).size;
const players = (calls: readonly PlannedCall[]): number =>
  calls.reduce((sum, { request }) => sum + (request.players?.length ?? 1), 0);

test('rate times seconds sessions, in order, within their time', () => {
  const calls = plan();
  const times = calls.map(({ atMs }) => atMs);
  expect(sessions(calls)).toBe(100);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(0);
  expect(times.at(-1)).toBeLessThan(5_500);
});

test('the same seed draws the same players, each time in new sessions', () => {
  const withoutIds = (calls: PlannedCall[]): unknown[] =>
    calls.map((call) => ({ ...call, request: { ...call.request, sessionId: '' } }));
  expect(withoutIds(plan())).toEqual(withoutIds(plan()));
  expect(withoutIds(plan())).not.toEqual(withoutIds(plan({}, 8)));
  expect(plan()[0]?.request.sessionId).not.toBe(plan()[0]?.request.sessionId);
});

test('a matchmaker asks once for its whole party; without one each player asks', () => {
  const asked = plan({ party: { from: 4, to: 4 }, matchmakerShare: 1 });
  expect([asked.length, players(asked)]).toEqual([100, 400]);
  const each = plan({ party: { from: 4, to: 4 }, matchmakerShare: 0 });
  expect([each.length, players(each), sessions(each)]).toEqual([400, 400, 100]);
});

test('players measure the locations on offer that the data knows, and nothing else', () => {
  const [call] = plan({ party: { from: 1, to: 1 } });
  expect(call?.request.latencies).toEqual([{ location: 'West US', ms: expect.any(Number) as number }]);
});

test('as many repeat as asked for', () => {
  expect(plan({ retryShare: 0 }).some(({ repeats }) => repeats)).toBe(false);
  expect(plan({ retryShare: 1 }).every(({ repeats }) => repeats)).toBe(true);
});
