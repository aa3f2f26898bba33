/** How long keys are believed does not depend on the wall clock, which may be set at any time. */
import { tokenOf } from '../../../local/issuer.ts';
import { TokenCaller } from '../../support/tokenCaller.ts';

const REFUSED = { code: 'unauthenticated' };
const DOWN = { code: 'auth-unavailable' };
const GOOD = { subject: 'player-1' };

const HOURS = 3_600_000;

let caller: TokenCaller;

beforeEach(async () => {
  caller = await TokenCaller.start();
});

afterEach(() => caller.stop());

const bearer = async (kid = 'k1'): Promise<string> =>
  `Bearer ${await tokenOf(caller.issuer, { header: { kid } })}`;

describe.each([
  ['back by three hours', -3 * HOURS],
  ['back by a minute', -60_000],
  ['forward by a minute', 60_000],
  ['forward by three hours', 3 * HOURS],
  ['to 1970', -Date.parse('2026-11-22T08:15:29.000Z')],
])('the wall clock is set %s', (_name, stepMs) => {
  it('and a new key is known after 30 seconds, not sooner', async () => {
    const authenticate = caller.instance();
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    caller.serve([caller.issuer.publicJwk, { ...caller.issuer.publicJwk, kid: 'k2' }]);
    caller.stepWall(stepMs);
    await caller.pass(29_999);
    expect(await authenticate(await bearer('k2'))).toMatchObject(REFUSED);
    expect(caller.issuer.requests).toEqual(['/keys']);
    await caller.pass(1);
    expect(await authenticate(await bearer('k2'))).toMatchObject(GOOD);
    expect(caller.issuer.requests).toEqual(['/keys', '/keys']);
  });

  it('and a withdrawn key works for ten minutes, not longer', async () => {
    const authenticate = caller.instance();
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    caller.serve([{ ...caller.issuer.publicJwk, kid: 'k2' }]);
    caller.stepWall(stepMs);
    await caller.pass(599_999);
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
    await caller.pass(1);
    expect(await authenticate(await bearer())).toMatchObject(REFUSED);
    expect(caller.issuer.requests).toEqual(['/keys', '/keys']);
  });

  it('and a failing endpoint is asked again after five seconds, not sooner', async () => {
    const authenticate = caller.instance();
    caller.issuer.answers.set('/keys', (_request, response) => response.end('<html>'));
    expect(await authenticate(await bearer())).toMatchObject(DOWN);
    caller.issuer.answers.clear();
    caller.stepWall(stepMs);
    await caller.pass(4_999);
    expect(await authenticate(await bearer())).toMatchObject(DOWN);
    await caller.pass(1);
    expect(await authenticate(await bearer())).toMatchObject(GOOD);
  });
});

it('keys are as old as the question for them, however long the answer took', async () => {
  const authenticate = caller.instance();
  const asked = Promise.withResolvers<() => void>();
  const keys = JSON.stringify({ keys: [caller.issuer.publicJwk] });
  caller.issuer.answers.set('/keys', (_request, response) => asked.resolve(() => response.end(keys)));
  const first = bearer().then(authenticate);
  const answer = await asked.promise;
  await caller.pass(4_000);
  answer();
  expect(await first).toMatchObject(GOOD);
  caller.serve([]);
  await caller.pass(596_000);
  expect(await authenticate(await bearer())).toMatchObject(REFUSED);
});
