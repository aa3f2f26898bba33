import type { App } from '../../../lib/composition.ts';
import { parseSchedule } from '../../../lib/config/schedule.ts';
import type { Fleet } from '../../../lib/fleets/fleet.ts';
import { checkReadiness } from '../../../lib/readiness.ts';

const fleet = (checkCredentials: Fleet['checkCredentials']) => ({ checkCredentials }) as Fleet;
const well = fleet(() => Promise.resolve());
const failing = (message: string) => fleet(() => Promise.reject(new Error(message)));

interface Parts {
  readonly fleets?: Readonly<Record<string, Fleet>>;
  readonly inUse?: readonly string[];
  /** When each timer last ended a run. */
  readonly ranAt?: { readonly sweep: string; readonly prune: string };
  readonly behindHours?: { readonly sweep: number; readonly prune: number };
  readonly node?: string;
  /** Callers that the quota has refused; absent: no quota. */
  readonly refused?: number;
}

const NOW = Date.parse('2026-11-27T12:34:56Z');
const NONE = { sweep: 0, prune: 0 };
const WELL = { sweep: '2026-11-27T12:30:02Z', prune: '2026-11-27T12:18:00Z' };

/** What a check says of an app; the app is ready where this check is well. */
async function look(
  name: string,
  {
    fleets = {},
    inUse = Object.keys(fleets),
    ranAt = WELL,
    behindHours = NONE,
    node = '24.1.0',
    refused,
  }: Parts,
): Promise<unknown> {
  const table = { read: () => Promise.resolve(undefined) };
  const app = {
    tables: { sessions: table, history: table },
    fleets: new Map(Object.entries(fleets)),
    settings: {
      gameModes: new Map(inUse.map((fleetName) => [`on ${fleetName}`, { fleet: fleetName }])),
      schedules: { sweep: parseSchedule('0 */5 * * * *'), prune: parseSchedule('0 17 * * * *') },
    },
    quota: refused === undefined ? undefined : { refusedLately: () => refused },
    upkeep: {
      timerState: (timer: keyof typeof ranAt, dueMs: number) =>
        Promise.resolve({ isLate: Date.parse(ranAt[timer]) < dueMs, behindHours: behindHours[timer] }),
    },
  } as unknown as App;
  const readiness = await checkReadiness(app, NOW, node);
  const check = readiness.checks.find((each) => each.name === name);
  expect(readiness.ready).toBe(check?.ok);
  return check;
}

const token = (fleets: Readonly<Record<string, Fleet>>, inUse = Object.keys(fleets)): Promise<unknown> =>
  look('token', { fleets, inUse });

it('is well where each fleet in use gives a token', async () => {
  expect(await token({ sessionhosts: well, playfab: well })).toEqual({ name: 'token', ok: true });
});

it('tells of each fleet that gives none, by its name', async () => {
  const fleets = { sessionhosts: failing('Check the scope.'), playfab: failing('Check the key.') };
  expect(await token(fleets)).toEqual({
    name: 'token',
    ok: false,
    message: 'sessionhosts: Check the scope. playfab: Check the key.',
  });
  expect(await token({ ...fleets, sessionhosts: well })).toEqual({
    name: 'token',
    ok: false,
    message: 'playfab: Check the key.',
  });
});

it('needs no name where there is one fleet', async () => {
  expect(await token({ playfab: failing('Check the key.') })).toEqual({
    name: 'token',
    ok: false,
    message: 'Check the key.',
  });
});

it('leaves a fleet alone that no game mode is on', async () => {
  const fleets = { sessionhosts: failing('Check the scope.'), playfab: well };
  expect(await token(fleets, ['playfab'])).toEqual({ name: 'token', ok: true });
});

it.each([
  ['20.19.5', "Node.js 20.19.5: set the app's runtime to 22 or newer."],
  ['22.0.0', undefined],
  ['24.21.0', undefined],
])('knows the Node.js that it runs on: %s', async (node, message) => {
  const expected = { name: 'runtime', ok: message === undefined, ...(message && { message }) };
  expect(await look('runtime', { node })).toEqual(expected);
});

describe('the timers', () => {
  it('are well where each has run since the occurrence before the last', async () => {
    const oneMissed = { sweep: '2026-11-27T12:24:59Z', prune: '2026-11-27T11:16:59.5Z' };
    expect(await look('timers', { ranAt: oneMissed })).toEqual({ name: 'timers', ok: true });
  });

  it('are well where one is behind, and it is said how far', async () => {
    expect(await look('timers', { behindHours: { sweep: 0, prune: 3 } })).toEqual({
      name: 'timers',
      ok: true,
      message: 'prune was 3 h behind when its last run ended.',
    });
  });

  it('are late where one has not, by its name', async () => {
    const hint = "look for its event, and for 'in error' in the host's log.";
    const sweep = `sweep has not ended a run since 2026-11-27T12:25:00.000Z: ${hint}`;
    const prune = `prune has not ended a run since 2026-11-27T11:17:00.000Z: ${hint}`;
    expect(await look('timers', { ranAt: { ...WELL, sweep: '2026-11-27T12:20:03Z' } })).toEqual({
      name: 'timers',
      ok: false,
      message: sweep,
    });
    const both = { sweep: '2026-11-27T12:20:03Z', prune: '2026-11-27T10:18:00Z' };
    expect(await look('timers', { ranAt: both })).toMatchObject({ message: `${sweep} ${prune}` });
  });
});

it('says how many callers the quota has refused, and stays well', async () => {
  expect(await look('quota', { refused: 0 })).toEqual({ name: 'quota', ok: true });
  expect(await look('quota', { refused: 7 })).toMatchObject({
    ok: true,
    message: expect.stringMatching(/^This instance refused 7 caller\(s\) in the last hour: /) as string,
  });
});
