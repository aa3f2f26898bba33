import { fleetCommand, type FleetFlags, runSimulator } from '../fleet/commandLine.ts';
import { nameList, wholeNumber } from '../flags.ts';
import { playFabProtocol, type PlayFabOptions } from './protocol.ts';

await fleetCommand(
  'playfab-simulator',
  'Simulates GetEntityToken, RequestMultiplayerServer, ShutdownMultiplayerServer, GetBuild and GetBuildAlias of PlayFab, statefully, faults included.',
)
  .option('--secret-key <key>', 'the only secret key accepted; absent: any')
  // A day, as in the reference of Get Entity Token.
  .option('--token-seconds <n>', 'how long an entity token lives, in seconds', wholeNumber(0), 86_400)
  .option(
    '--build <ids>',
    'the only builds and aliases, separated by commas, others are answered 404; absent: any',
    nameList,
  )
  .action((flags: FleetFlags & PlayFabOptions) => runSimulator(playFabProtocol(flags), flags))
  .parseAsync();
