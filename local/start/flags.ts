import { Command, Option } from 'commander';
import { FLEETS } from '../../lib/fleets/fleet.ts';
import { FAULT_NAMES, type FaultName, isFaultName } from '../fleet/namedFaults.ts';
import { type FleetNames, fleetNames, guid, portNumber, wholeNumber } from '../flags.ts';
import { AUTH_MODES, type AuthMode } from './auth.ts';

/** Faults of the stack's other parts: tables that are gone, an issuer that is, a setting that is malformed. */
const STACK_FAULTS = ['no-tables', 'no-issuer', 'bad-setting'] as const;
type StackFault = (typeof STACK_FAULTS)[number];

export interface Flags {
  readonly port: number;
  readonly tablePort?: number;
  readonly fleet: FleetNames;
  readonly fleetPort?: number;
  readonly standingBy: number;
  readonly activationMs: number;
  readonly auth?: AuthMode;
  readonly fault?: FaultName | StackFault;
  readonly cors?: string;
  readonly fresh?: true;
  readonly verbose?: true;
  readonly session?: string;
  readonly inspect?: number;
  readonly withoutBroker?: true;
}

/** Where `func start` expects the parts; `npm start` takes them too, where nothing else has. */
export const PORTS = { fleet: 7072, next: 7074, tables: 10_002, blobs: 10_000, inspector: 9229 } as const;

const HELP = `
From the environment, the broker gets those BROKER_… settings that the stack does not set itself, such as BROKER_QUOTA.
Fleet, titles, game modes, locations, endpoints, credentials and storage are always the simulated ones.

With --fleet sessionhosts,playfab every game mode lists both: where the first one has no server free, the second one is
asked. --fleet-port and --fault are about the first one.

Faults: down, refused, full, slow, garbled and lost are the fleet's. While the stack runs,
  curl -X POST   http://127.0.0.1:${PORTS.fleet}/_control/faults/<name>    begins one
  curl -X DELETE http://127.0.0.1:${PORTS.fleet}/_control/faults           ends it
The tables, the issuer of --auth jwt, or a setting are at fault with ${STACK_FAULTS.join(', ')}.
docs/problems.md shows what each comes to.`;

/** The command line of `npm start`. */
export function startCommand(run: (flags: Flags) => Promise<void>): Command {
  const command = new Command('npm start --')
    .description('Runs the broker with everything it needs on this machine. Ctrl-C stops all of it.')
    .addHelpText('after', HELP)
    .action(run);
  for (const option of [...ports(), ...fleet(), ...broker()]) command.addOption(option);
  return command;
}

function ports(): readonly Option[] {
  const orFree = (port: number): string => `(default: ${port}, or a free one where that is taken)`;
  return [
    new Option('--port <n>', 'port of the broker; PORT in the environment does the same')
      .argParser(portNumber)
      .default(portNumber(process.env['PORT'] ?? '7071')),
    new Option(
      '--table-port <n>',
      `port of the table storage emulator; 0 takes a free one ${orFree(PORTS.tables)}`,
    ).argParser(portNumber),
    new Option(
      '--fleet-port <n>',
      `port of the simulated fleet; 0 takes a free one ${orFree(PORTS.fleet)}`,
    ).argParser(portNumber),
    new Option('--inspect [port]', 'lets a debugger attach to the broker')
      .argParser(portNumber)
      .preset(String(PORTS.inspector)),
  ];
}

function fleet(): readonly Option[] {
  return [
    new Option(
      '--fleet <names>',
      `which fleet is simulated, and asked for hosts: ${FLEETS.join(' or ')}, or both with a comma between, ` +
        'the second one where the first one has no server free',
    )
      .argParser(fleetNames)
      .default(['sessionhosts'], 'sessionhosts'),
    new Option('--standing-by <n>', 'free servers in each location').argParser(wholeNumber(0)).default(1000),
    new Option('--activation-ms <n>', 'time from the start of a server until it is active, in milliseconds')
      .argParser(wholeNumber(0))
      .default(250),
    new Option('--fault <name>', 'what is broken from the start; see below').choices([
      ...FAULT_NAMES,
      ...STACK_FAULTS,
    ]),
  ];
}

function broker(): readonly Option[] {
  return [
    new Option(
      '--auth <mode>',
      'asks callers for the function key; for a token (jwt) of an issuer that the stack runs; or for a token ' +
        'of the one session (ticket). Without it nobody is asked, unless BROKER_AUTH is set',
    ).choices(AUTH_MODES),
    new Option(
      '--cors <origins>',
      'origins whose web pages may call the broker, separated by commas, such as http://localhost:5173',
    ),
    new Option('--fresh', 'forget what earlier runs stored in .local/'),
    new Option(
      '--verbose',
      'print every event of the broker, not only their number and the first of each warning',
    ),
    new Option(
      '--session <id>',
      'print every event of this session, beside what is printed of all; the printed line asks for it',
    )
      .argParser(guid)
      .conflicts('verbose'),
    new Option(
      '--without-broker',
      'only the tables and the fleet, at the ports that local.settings.sample.json names, for func start',
    ),
  ];
}

/** The part of `--fault` that the simulated fleet itself carries out. */
export function faultOfFleet({ fault }: Flags): FaultName | undefined {
  return fault !== undefined && isFaultName(fault) ? fault : undefined;
}
