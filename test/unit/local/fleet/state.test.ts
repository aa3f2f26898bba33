import type { Clock } from '../../../../local/fleet/clock.ts';
import { FleetState } from '../../../../local/fleet/state.ts';

let nowMs: number;
const clock: Clock = () => ({ wallMs: 1_763_800_000_000 + nowMs, monotonicMs: nowMs });

function fleet(pools: Record<string, number>, maxEndedHosts = 10): FleetState {
  nowMs = 1000;
  return new FleetState({ pools, activationMs: 250, maxEndedHosts }, clock);
}

function hostIdOf(state: FleetState, sessionId: string, locations: string[]): string {
  const allocation = state.request(sessionId, locations);
  return allocation.kind === 'none' ? 'none' : allocation.host.hostId;
}

test('a session is started once, starting until its host is Active, and then keeps the same host', () => {
  const state = fleet({ 'West US': 5 });
  const first = state.request('s1', ['West US']);
  expect(first).toMatchObject({
    kind: 'started',
    host: {
      location: 'West US',
      startedAt: { wallMs: 1_763_800_001_000, monotonicMs: 1000 },
      activeAt: { wallMs: 1_763_800_001_250, monotonicMs: 1250 },
    },
  });
  nowMs = 1249;
  expect(state.request('s1', ['West US']).kind).toBe('starting');
  nowMs = 1250;
  expect(state.request('s1', ['West US'])).toEqual({ ...first, kind: 'active' });
  expect(state.pools()).toEqual({ 'West US': 4 });
  expect(state.counts).toEqual({ started: 1, live: 1, forgotten: 0 });
});

test('the first listed location with a StandingBy host is taken, whatever its case and spaces', () => {
  const state = fleet({ 'West US': 0, 'East US': 1, 'Japan East': 1 });
  expect(state.request('s1', ['Atlantis', 'westus', 'EASTUS', 'Japan East'])).toMatchObject({
    host: { location: 'East US' },
  });
  expect(state.pools()).toEqual({ 'West US': 0, 'East US': 0, 'Japan East': 1 });
});

test('there is no host when no listed location has one, and one as soon as a pool is filled', () => {
  const state = fleet({ 'West US': 0, 'East US': 1 });
  expect(state.request('s1', ['West US'])).toEqual({ kind: 'none', hasPool: true });
  state.setPools({ westus: 1 });
  expect(state.request('s1', ['West US']).kind).toBe('started');
});

test('a host that ends frees its place, and the session gets another one', () => {
  const state = fleet({ 'West US': 1 });
  const first = hostIdOf(state, 's1', ['West US']);
  nowMs = 2000;
  expect(state.end('s1')).toBe(true);
  expect(state.end('s1')).toBe(false);
  expect(state.pools()).toEqual({ 'West US': 1 });
  const second = hostIdOf(state, 's1', ['West US']);
  expect(second).not.toBe(first);
  expect(state.hosts().map((host) => [host.hostId, host.endedAt?.monotonicMs])).toEqual([
    [first, 2000],
    [second, undefined],
  ]);
});

test('only the newest ended hosts are remembered, and live ones always', () => {
  const state = fleet({ 'West US': 9 }, 2);
  const ids = ['live', 'a', 'b', 'c'].map((sessionId) => hostIdOf(state, sessionId, ['West US']));
  for (const sessionId of ['a', 'b', 'c']) state.end(sessionId);
  expect(state.hosts().map((host) => host.hostId)).toEqual([ids[0], ids[2], ids[3]]);
  expect(state.counts).toEqual({ started: 4, live: 1, forgotten: 1 });
});

test('a session that is asked for with another build gets another host, and ends with both', () => {
  const state = fleet({ 'West US': 5 });
  const first = state.request('s1', ['West US'], 'build-1');
  expect(state.request('s1', ['West US'], 'build-2').kind).toBe('started');
  nowMs += 250;
  expect(state.request('s1', ['West US'], 'build-1')).toEqual({ ...first, kind: 'active' });
  expect(state.counts).toMatchObject({ started: 2, live: 2 });
  expect(state.end('s1')).toBe(true);
  expect(state.counts).toMatchObject({ started: 2, live: 0 });
  expect(state.pools()).toEqual({ 'West US': 5 });
});
