import type { App } from '../../../lib/composition.ts';
import type { Fleet } from '../../../lib/fleets/fleet.ts';
import { checkReadiness } from '../../../lib/readiness.ts';

const fleet = (checkCredentials: Fleet['checkCredentials']) => ({ checkCredentials }) as Fleet;
const well = fleet(() => Promise.resolve());
const failing = (message: string) => fleet(() => Promise.reject(new Error(message)));

/** What the check `token` says of an app with these fleets, whose game modes are on those of them. */
async function token(fleets: Readonly<Record<string, Fleet>>, inUse = Object.keys(fleets)): Promise<unknown> {
  const table = { read: () => Promise.resolve(undefined) };
  const readiness = await checkReadiness({
    tables: { sessions: table, history: table },
    fleets: new Map(Object.entries(fleets)),
    settings: { gameModes: new Map(inUse.map((name) => [`on ${name}`, { fleet: name }])) },
  } as unknown as App);
  const check = readiness.checks.find(({ name }) => name === 'token');
  expect(readiness.ready).toBe(check?.ok);
  return check;
}

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
