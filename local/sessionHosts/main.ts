import { Option } from 'commander';
import { fleetCommand, type FleetFlags, runSimulator } from '../fleet/commandLine.ts';
import { sessionHostsProtocol, type SessionHostsOptions } from './protocol.ts';

await fleetCommand(
  'sessionhosts-simulator',
  'Simulates the sessionhosts fleet API, statefully, faults included.',
)
  .option('--token <token>', 'the only service token accepted; absent: any')
  .addOption(
    new Option('--scheme <scheme>', 'authorization scheme: "Bearer <token>" or "XBL3.0 x=-;<token>"')
      .choices(['Bearer', 'XBL3.0'])
      .default('Bearer'),
  )
  .option('--title <id>', 'the only title with a subscription, others are answered 404; absent: any')
  .option('--sandbox <id>', 'the only sandbox allowed, others are answered 403; absent: any')
  .action((flags: FleetFlags & SessionHostsOptions) => runSimulator(sessionHostsProtocol(flags), flags))
  .parseAsync();
