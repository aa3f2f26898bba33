import { intervalFor, timeline } from '../../../lib/insights/timeline.ts';
import { attempt, without } from '../../support/attempts.ts';

it.each([
  [15, 1],
  [60, 1],
  [100, 1],
  [101, 5],
  [360, 5],
  [1_440, 15],
  [4_320, 60],
])('cuts %d minutes into intervals of %d', (minutes, interval) => {
  expect(intervalFor(minutes * 60_000)).toBe(interval * 60_000);
});

it('counts per minute, on whole minutes, whatever the range begins with', () => {
  const sinceMs = Date.parse('2026-11-22T08:13:40.000Z');
  const untilMs = Date.parse('2026-11-22T08:16:20.000Z');
  const line = timeline(
    [
      attempt({ claimedAt: '2026-11-22T08:16:00.000Z', fleetMs: 300 }),
      attempt({ claimedAt: '2026-11-22T08:15:59.999Z', fleetMs: 100 }),
      without('no-capacity', { claimedAt: '2026-11-22T08:15:10.000Z', fleetMs: 9_999 }),
      attempt({ claimedAt: '2026-11-22T08:13:50.000Z', fleetMs: 200 }),
      attempt({ claimedAt: '2026-11-22T08:12:59.999Z' }),
    ],
    sinceMs,
    untilMs,
  );
  expect(line).toEqual({
    intervalMs: 60_000,
    startsMs: [13, 14, 15, 16].map((minute) => Date.parse(`2026-11-22T08:${minute}:00.000Z`)),
    perMinute: [
      { outcome: 'allocated', values: [1, 0, 1, 1] },
      { outcome: 'no-capacity', values: [0, 0, 1, 0] },
    ],
    p50: [200, null, 100, 300],
    p95: [200, null, 100, 300],
  });
});

it('gives longer intervals as a rate, too', () => {
  const line = timeline(
    [attempt(), attempt()],
    Date.parse('2026-11-22T06:00:00.000Z'),
    Date.parse('2026-11-22T09:00:00.000Z'),
  );
  expect(line.intervalMs).toBe(300_000);
  expect(line.perMinute[0]?.values[27]).toBe(0.4);
});
