import { once } from 'node:events';
import type { CallPoint } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorControl } from '../../../local/fleet/control.ts';
import type { TestBroker } from './broker.ts';
import { allocate } from './httpClient.ts';

/**
 * Kills a broker while its fleet calls for these requests are at the point, and then lets the fleet go on.
 *
 * @param meanwhile done before the kill, with the calls held
 */
export async function killInCall(
  control: SimulatorControl,
  doomed: TestBroker,
  bodies: readonly { readonly sessionId: string }[],
  point: CallPoint,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const holds = await Promise.all(
    bodies.map(({ sessionId }) => control.hold({ match: { sessionId }, point })),
  );
  const fates = bodies.map((body) =>
    allocate(doomed, body).then(
      () => 'answered',
      () => 'connection lost',
    ),
  );
  await control.waitForParked(bodies.length);
  await meanwhile();
  doomed.child.kill('SIGKILL');
  await once(doomed.child, 'exit');
  expect(new Set(await Promise.all(fates))).toEqual(new Set(['connection lost']));
  await Promise.all(holds.map(({ holdId }) => control.release({ holdId })));
}
