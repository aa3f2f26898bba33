import { fleetCommand, type FleetFlags, names, runSimulator, wholeNumber } from '../fleet/commandLine.ts';
import { playFabProtocol, type PlayFabOptions } from './protocol.ts';

await fleetCommand(
  'playfab-simulator',
  'Simulates GetEntityToken and RequestMultiplayerServer of PlayFab, statefully, faults included.',
)
  .option('--secret-key <key>', 'the only secret key accepted; absent: any')
  // The Get Entity Token reference speaks of a day.
  .option('--token-seconds <n>', 'how long an entity token lives, in seconds', wholeNumber, 86_400)
  .option(
    '--build <ids>',
    'the only builds and aliases there are, with commas between, others are answered 404; absent: any',
    names,
  )
  .action((flags: FleetFlags & PlayFabOptions) => runSimulator(playFabProtocol(flags), flags))
  .parseAsync();
