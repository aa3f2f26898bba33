/** The sweep as its schedule runs it: from where the last one ended, while a run by hand looks at everything. */
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { send } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';

let stack: Stack;
let broker: TestBroker;

beforeAll(async () => {
  stack = await startStack();
  // So that an occurrence is told from the one after it: a run counts as scheduled up to a second early.
  broker = await startBroker(stack, { settings: { BROKER_SWEEP_SCHEDULE: '*/3 * * * * *' } });
});

afterAll(() => stack.stop());

it('goes on from the watermark; by hand it begins at the retention limit again', async () => {
  const [first, second] = await broker.told(2, 'sweep');
  expect(first).toMatchObject({ everything: false, watermark: expect.stringMatching(/^20\d\d-/) as string });
  expect(second).toMatchObject({ everything: false, fromHour: first?.['watermark'] });
  expect(second?.['fromHour']).not.toBe(first?.['fromHour']);

  const run = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  const byHand = await send(`${broker.url}/admin/functions/sweep?wait=true`, run);
  expect(byHand.status).toBe(200);
  const all = await until('a sweep over everything', () =>
    broker.events('sweep').find(({ everything }) => everything === true),
  );
  expect(String(all['fromHour']) < String(second?.['fromHour'])).toBe(true);
});
