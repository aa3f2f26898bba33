/**
 * A broker process is asked to end (SIGTERM) between any two steps of an allocation. It ends by itself, in order, and
 * the next caller asks another process.
 */
import { startedLab, sweep } from './lab.ts';
import { PAUSE_POINTS } from './pausePoints.ts';
import { type EndedProcess, type Rest, endAll } from './termination.ts';

/** From SIGTERM to the end of the process: the second for its calls, or what its host grants it at the most. */
const MOST_MS: Readonly<Record<Rest, number>> = { answered: 3_000, hanging: 7_000 };

const started = startedLab();

describe.each<Rest>(['answered', 'hanging'])('what is held is %s', (rest) => {
  let ended: EndedProcess;

  beforeAll(async () => {
    ended = await endAll(started.lab, rest, started.other);
  });

  it('ends by itself', () => {
    expect(ended.exit).toEqual([0, null]);
    expect(ended.exitMs).toBeLessThan(MOST_MS[rest]);
  });

  it.each(PAUSE_POINTS)('$name: one host, and one answer for everybody', async ({ name, fleet, storage }) => {
    const { sessionId, caught, state, next, later } = ended.sessions.get(name) ?? {};
    const body = next?.text ?? 'no answer';
    // Who asks for a call that the fleet keeps is to ask again; everybody else has the host.
    const usual = fleet === undefined ? [201, 200] : [202, 201];
    const hangs = rest === 'hanging' && storage !== undefined;
    // Nobody blames the fleet where it was not asked, or not heard to the end: a cut connection, or one of these.
    const allowed = hangs ? [undefined, 201, 202, 503] : [usual[0]];
    expect(allowed).toContain(caught?.status);
    expect(hangs ? [200, 201] : [usual[1]]).toContain(next?.status);
    // Nobody has to wait for a lease, unless the write hangs that would have given it up.
    expect(hangs || state !== 'claimed').toBe(true);

    const answers = [caught, next, ...(later ?? [])].filter(
      (reply) => reply?.status === 200 || reply?.status === 201,
    );
    expect(answers.length).toBeGreaterThanOrEqual(3);
    expect(answers.map((reply) => reply?.text)).toEqual(answers.map(() => body));
    expect(answers.filter((reply) => reply?.status === 201).length).toBeLessThanOrEqual(1);

    const { hosts, overlaps } = await started.lab.stack.fleet.control.report({
      sessions: [String(sessionId)],
    });
    expect(hosts).toHaveLength(1);
    expect(overlaps).toEqual([]);
    expect(await started.lab.tables.session(String(sessionId))).toMatchObject({
      state: 'allocated',
      body,
      generation: 1,
    });
  });

  it('leaves no row open after the sweep, and names the host in the row of every attempt that had it', async () => {
    expect(await sweep(started.other)).toBe(200);
    for (const { sessionId, next } of ended.sessions.values()) {
      const { hostName } = JSON.parse(next?.text ?? '') as Record<string, string>;
      const attempts = await started.lab.tables.attempts(sessionId);
      const outcomes = attempts.map(({ outcome }) => outcome);
      expect(outcomes).not.toContain('open');
      expect(outcomes).toContain('allocated');
      const named = attempts.filter(({ outcome }) => outcome === 'allocated').map((row) => row['hostName']);
      expect(new Set(named)).toEqual(new Set([hostName]));
    }
  });
});
