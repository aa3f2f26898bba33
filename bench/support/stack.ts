import { LOCAL_LOCATIONS, LOCAL_TITLE_ID, localBrokerSettings } from '../../local/brokerSettings.ts';
import { type SpawnedHost, spawnFunctionsHost } from '../../local/functionsHost/spawn.ts';
import { type Stack, type StackOptions, startStack } from '../../local/stack.ts';
import type { Bench } from '../part.ts';

/** More than any part starts. */
const STANDING_BY = 1_000_000;

/** What a bare script sends to the fleet; each call adds its sessionId. */
export interface FleetCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Runs the work with a stack whose fleet takes so many milliseconds for a host; always stops the stack. */
export async function withStack<T>(
  bench: Bench,
  fleetMs: number,
  use: (stack: Stack) => Promise<T>,
  options: StackOptions = {},
): Promise<T> {
  const stack = await startStack({
    app: bench.apps.broker,
    ...options,
    fleet: { activationMs: fleetMs, standingBy: STANDING_BY, maxCalls: 1_000 },
  });
  try {
    return await use(stack);
  } finally {
    await stack.stop();
  }
}

export function fleetCallOf(stack: Stack): FleetCall {
  return {
    url: `${stack.fleet.url}/titles/${LOCAL_TITLE_ID}/sessionhosts`,
    headers: {
      authorization: `Bearer ${stack.fleetToken}`,
      'content-type': 'application/json',
      'x-xbl-contract-version': '8',
    },
    body: {
      sandboxId: 'local.0',
      cloudGameId: '7a6a5d3c-0b0e-4d7f-9d2b-9b6f6c1c2f10',
      gameModeId: '2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51',
      locations: LOCAL_LOCATIONS,
    },
  };
}

/** Starts the floors' functions in the same host, with the same settings as a broker of the stack. */
export function startFloor(bench: Bench, stack: Stack): Promise<SpawnedHost> {
  const { url, body } = fleetCallOf(stack);
  const settings = localBrokerSettings({
    connectionString: stack.azurite.connectionString,
    fleetUrl: stack.fleet.url,
    fleetToken: stack.fleetToken,
  });
  return spawnFunctionsHost({
    app: bench.apps.floor,
    env: { ...settings, BENCH_FLEET_URL: url, BENCH_FLEET_BODY: JSON.stringify(body) },
  });
}
