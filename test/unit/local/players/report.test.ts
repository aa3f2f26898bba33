import type { Allocation } from '../../../../clients/typescript/src/index.ts';
import type { PlayedCall } from '../../../../local/players/play.ts';
import { report } from '../../../../local/players/report.ts';

const host = (sessionId: string, region: string, hostName = 'a.example.com'): Allocation => ({
  sessionId,
  status: 'allocated',
  hostName,
  ports: [],
  region,
});

function call(sessionId: string, changes: Partial<PlayedCall> = {}): PlayedCall {
  return {
    request: {
      sessionId,
      gameMode: 'duel',
      latencies: [
        { location: 'West US', ms: 20 },
        { location: 'East US', ms: 80 },
      ],
    },
    outcome: 'created',
    ms: 100,
    requests: 1,
    repetition: false,
    allocation: host(sessionId, 'West US'),
    ...changes,
  };
}

const OFFERED = ['East US', 'West US'];

test('counts what the players saw', () => {
  const { allocation: _none, ...lost } = call('s3', { outcome: 'deadline-exceeded', requests: 4 });
  const calls = [
    call('s1', { ms: 100.4 }),
    call('s1', { outcome: 'replayed', ms: 10 }),
    call('s1', { outcome: 'replayed', ms: 30, repetition: true }),
    call('s2', { ms: 300, requests: 2, allocation: host('s2', 'East US') }),
    lost,
  ];
  expect(report(calls, OFFERED)).toEqual({
    sessions: 3,
    sessionsWithHost: 2,
    calls: 5,
    requests: 9,
    created: 2,
    replayed: 2,
    repetitions: { made: 1, same: 1 },
    outcomes: { created: 2, replayed: 2, 'deadline-exceeded': 1 },
    createdMs: { p50: 100, p95: 300 },
    replayedMs: { p50: 10, p95: 30 },
    regions: [
      { region: 'West US', sessions: 1, createdMs: { p50: 100, p95: 100 } },
      { region: 'East US', sessions: 1, createdMs: { p50: 300, p95: 300 } },
    ],
    firstPreference: { of: 2, got: 1 },
    contradictions: [],
  });
});

test('players of one session who were told different hosts contradict the broker', () => {
  const calls = [
    call('s1'),
    call('s1', { outcome: 'replayed', allocation: host('s1', 'West US', 'b.example.com') }),
  ];
  expect(report(calls, OFFERED).contradictions).toEqual(['s1: 2 different answers']);
});

test('so do two calls that both obtained the host', () => {
  expect(report([call('s1'), call('s1')], OFFERED).contradictions).toEqual(['s1: 2 calls got 201 Created']);
});

test('a repetition that is told something else is counted', () => {
  const calls = [
    call('s1'),
    call('s1', { outcome: 'replayed', repetition: true, allocation: host('s1', 'East US') }),
  ];
  expect(report(calls, OFFERED).repetitions).toEqual({ made: 1, same: 0 });
});

test('nobody played', () => {
  expect(report([], OFFERED)).toMatchObject({ sessions: 0, createdMs: undefined, regions: [] });
});
