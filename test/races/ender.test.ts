/**
 * A process that ends a session dies, stands still, or is asked to end (SIGTERM) between any two steps of that. Its caller
 * asks again where nothing says that the session is over; where something does, the sweep does the rest.
 */
import { type Remains, startEndLab, sweepLater } from './endRace.ts';
import { startedLab } from './lab.ts';
import { catchEnder, END_POINTS, type EnderFate, type OwnEnd } from './ownEnd.ts';

const started = startedLab(startEndLab);

describe.each<EnderFate>(['killed', 'killed, its write lands late', 'frozen', 'asked to end'])(
  '%s',
  (fate) => {
    const dies = fate.startsWith('killed');
    let ends: Map<string, OwnEnd>;
    let remains: Map<string, Remains>;

    beforeAll(async () => {
      ends = await catchEnder(started.lab, fate, started.other);
      const sessionIds = [...ends.values()].map(({ sessionId }) => sessionId);
      remains = await sweepLater(started.lab, started.other, sessionIds);
    });

    it.each(END_POINTS)('$name: nobody gets the host any more, and it is given back', ({ name, then }) => {
      const { sessionId = '', then: moment, caught, again, later = [] } = ends.get(name) ?? {};
      expect(moment).toMatchObject(then);
      const isMissing = fate !== 'asked to end' && then.state !== 'ended';
      expect(again).toBe(isMissing ? 204 : undefined);
      expect(caught?.status).toBe(dies ? undefined : 204);
      expect(later.map(({ status }) => status)).toEqual([410, 410]);

      const left = remains.get(sessionId);
      expect(left).toMatchObject({ state: 'ended', started: 1, live: 0, attempts: ['allocated'] });
      expect(['told', 'no-host']).toContain(left?.endFleet);
      expect(left?.endings.filter((outcome) => outcome === 'ended')).toHaveLength(1);
      expect(left?.endings.filter((outcome) => outcome !== 'ended' && outcome !== 'unknown')).toEqual([]);
    });
  },
);
