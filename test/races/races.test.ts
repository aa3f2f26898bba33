/**
 * A broker process dies, or stands still for longer than its lease, between any two steps of an allocation; then the
 * next caller asks another process. The points are where requests of the real process are on their way.
 */
import { startedLab, sweep } from './lab.ts';
import { PAUSE_POINTS } from './pausePoints.ts';
import { type Fate, type Race, raceAll } from './race.ts';

const started = startedLab();

describe.each<Fate>(['killed', 'killed, its write lands late', 'frozen'])('%s', (fate) => {
  let races: Map<string, Race>;

  beforeAll(async () => {
    races = await raceAll(started.lab, fate, started.other);
  });

  it.each(PAUSE_POINTS)('$name: one host, and one answer for everybody', async (point) => {
    const race = races.get(point.name);
    const body = race?.next?.text ?? 'no answer';
    const { sessionId } = JSON.parse(body) as { sessionId: string };
    expect(race?.then).toEqual(point.then);
    expect(race?.next?.status).toBe(point.next);

    const others = [race?.caught, ...(race?.later ?? [])].filter((reply) => reply !== undefined);
    expect(others.map(({ text }) => text)).toEqual(Array(fate === 'frozen' ? 5 : 2).fill(body));
    // A process that had its host recorded and then stood still tells its caller so: 201, if late.
    const caughtStatus = point.next === 200 ? 201 : 200;
    const expected = fate === 'frozen' ? [caughtStatus, 200, 200, 200, 200] : [200, 200];
    expect(others.map(({ status }) => status)).toEqual(expected);

    const { hosts, overlaps } = await started.lab.stack.fleet.control.report({ sessions: [sessionId] });
    expect(hosts).toHaveLength(1);
    expect(overlaps).toEqual([]);
    expect(await started.lab.tables.session(sessionId)).toMatchObject({
      state: 'allocated',
      body,
      generation: 1,
    });
  });

  it('leaves no row open after the sweep, and names the host in the row of every attempt that had it', async () => {
    expect(await sweep(started.other)).toBe(200);
    for (const { next } of races.values()) {
      const { sessionId, hostName } = JSON.parse(next?.text ?? '') as Record<string, string>;
      const attempts = await started.lab.tables.attempts(String(sessionId));
      const outcomes = attempts.map(({ outcome }) => outcome);
      expect(outcomes).not.toContain('open');
      expect(outcomes).toContain('allocated');
      const named = attempts.filter(({ outcome }) => outcome === 'allocated').map((row) => row['hostName']);
      expect(new Set(named)).toEqual(new Set([hostName]));
    }
  });
});
