import { once } from 'node:events';
import type { CallPoint } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorControl } from '../../../local/fleet/control.ts';
import type { TestBroker } from './broker.ts';
import { allocate } from './httpClient.ts';

/**
 * Kills a broker while its fleet call for this request is at the point, and then lets the fleet go on.
 *
 * @param meanwhile done before the kill, with the call held
 */
export async function killInCall(
  control: SimulatorControl,
  doomed: TestBroker,
  body: { readonly sessionId: string },
  point: CallPoint,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { holdId } = await control.hold({ match: { sessionId: body.sessionId }, point });
  const fate = allocate(doomed, body).then(
    () => 'answered',
    () => 'connection lost',
  );
  await control.waitForParked();
  await meanwhile();
  doomed.child.kill('SIGKILL');
  await once(doomed.child, 'exit');
  expect(await fate).toBe('connection lost');
  await control.release({ holdId });
}
