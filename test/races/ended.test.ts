/**
 * A session is ended while another process stands between any two steps of allocating it; then that process goes on, dies,
 * or stands still for longer than its lease.
 */
import { json } from '../support/e2e/httpClient.ts';
import {
  type EndRace,
  type Fate,
  type Remains,
  endAtEveryPoint,
  startEndLab,
  sweepLater,
} from './endRace.ts';
import { startedLab } from './lab.ts';
import { PAUSE_POINTS } from './pausePoints.ts';

const BEFORE_THE_CLAIM = 'before the claim';

const started = startedLab(startEndLab);

describe.each<Fate>(['goes on', 'killed', 'killed, its write lands late', 'frozen'])('%s', (fate) => {
  const dies = fate.startsWith('killed');
  let races: Map<string, EndRace>;
  let remains: Map<string, Remains>;

  beforeAll(async () => {
    races = await endAtEveryPoint(started.lab, fate, started.other);
    const sessionIds = [...races.values()].map(({ sessionId }) => sessionId);
    remains = await sweepLater(started.lab, started.other, sessionIds);
  });

  const begun = PAUSE_POINTS.filter(({ name }) => name !== BEFORE_THE_CLAIM);

  it.each(begun)('$name: nobody gets the host any more, and none is left', ({ name, then }) => {
    const { sessionId = '', ended, caught, later = [] } = races.get(name) ?? {};
    expect(ended).toEqual([204, 204]);
    // A process that had its host recorded when the session was ended may say so to whoever asked before; one that was
    // frozen may have waited too long for its storage, and reads the row.
    const heard = then.state !== 'allocated' ? [410] : fate === 'frozen' ? [201, 410] : [201];
    // One that is killed may have renewed its lease before that, and found the tombstone.
    expect(dies ? [undefined, 410] : heard).toContain(caught?.status);
    expect(later.map(({ status }) => status)).toEqual(Array(dies ? 2 : 4).fill(410));
    expect(new Set(later.map((reply) => json(reply)['code']))).toEqual(new Set(['session-ended']));

    const left = remains.get(sessionId);
    expect(left).toMatchObject({ state: 'ended', live: 0, endings: ['ended'] });
    expect(['told', 'no-host']).toContain(left?.endFleet);
    expect(left?.started).toBeLessThanOrEqual(1);
    expect(left?.attempts).not.toContain('open');
  });

  it('before the claim: there is nothing to end yet', () => {
    const { sessionId = '', ended, caught } = races.get(BEFORE_THE_CLAIM) ?? {};
    // The claim is lost with its process; else it lands, and whoever says so again ends the session.
    const isLost = fate === 'killed';
    expect(ended).toEqual([404, isLost ? 404 : 204]);
    expect(caught?.status).toBe(dies ? undefined : 201);
    expect(remains.get(sessionId)).toMatchObject(
      isLost
        ? { state: 'allocated', started: 1, live: 1, endings: [] }
        : { state: 'ended', live: 0, endings: ['ended'] },
    );
  });
});
