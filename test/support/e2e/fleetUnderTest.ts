/**
 * The fleet that this run of the end-to-end tests is on: `E2E_FLEET`, sessionhosts unless it says playfab. Tests that are
 * about one fleet, or about both, start theirs with local/stack.ts whatever it says.
 *
 * `npm run test:playfab` leaves out what the fleet makes no difference to: how the broker is started and packaged, the
 * versions of Node, who may call, the sweep's schedule, the managed identity of sessionhosts, and the alerts; and what is
 * about PlayFab, or about both fleets, in every run.
 */
import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { SpawnOptions } from '../../../local/fleet/spawn.ts';
import { type Stack, type StackOptions, startStack as startLocalStack } from '../../../local/stack.ts';
import { FLEETS } from './fleetFacts.ts';

export const fleet = FLEETS[chosen(process.env['E2E_FLEET'])];

type Options = Pick<StackOptions, 'azurite' | 'settings' | 'app'> & {
  /** Flags that every simulator has. */
  readonly fleet?: SpawnOptions;
};

/** Azurite and the fleet under test. */
export function startStack(options: Options = {}): Promise<Stack> {
  return startLocalStack({ ...options, fleetName: fleet.name });
}

function chosen(name = 'sessionhosts'): FleetName {
  if (!isFleet(name)) {
    throw new Error(`E2E_FLEET must be one of ${Object.keys(FLEETS).join(', ')}, not "${name}".`);
  }
  return name;
}

function isFleet(name: string): name is FleetName {
  return Object.hasOwn(FLEETS, name);
}
