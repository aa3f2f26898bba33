import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { LOCAL_LOCATIONS } from '../brokerSettings.ts';
import { nameList, portNumber, wholeNumber } from '../flags.ts';
import type { CallRecord } from './callLog.ts';
import { FAULT_NAMES, type FaultName, NAMED_FAULTS } from './namedFaults.ts';
import type { FleetProtocol } from './protocol.ts';
import { type Listening, serve } from './server.ts';
import { Simulation } from './simulation.ts';

/** The flags that every simulator has. */
export interface FleetFlags {
  readonly port: number;
  readonly httpsPort?: number;
  readonly certOut?: string;
  readonly locations: readonly string[];
  readonly standingBy: number;
  readonly activationMs: number;
  readonly firstCall: 'wait' | 'conflict';
  readonly seed: number;
  readonly maxCalls: number;
  readonly qosUdpPort?: number;
  readonly fault?: FaultName | undefined;
  readonly log?: true;
}

/** The one message that a simulator started with `fork` sends to its parent. */
export type StartMessage =
  ({ readonly type: 'ready' } & Listening) | { readonly type: 'failed'; readonly message: string };

/** A command with the flags of `FleetFlags`; a simulator adds those of its protocol. */
export function fleetCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--port <n>', 'TCP port on 127.0.0.1; 0 takes a free one', portNumber, 0)
    .option(
      '--https-port <n>',
      'listen with TLS as well, with a self-signed certificate; 0 takes a free port',
      portNumber,
    )
    .option('--cert-out <file>', 'write the certificate there (PEM), for a client’s NODE_EXTRA_CA_CERTS')
    .option('--locations <names>', 'locations of the fleet, separated by commas', nameList, LOCAL_LOCATIONS)
    .option('--standing-by <n>', 'StandingBy hosts in each location', wholeNumber(0), 1000)
    .option(
      '--activation-ms <n>',
      'from the start of a host until it is Active, in milliseconds',
      wholeNumber(0),
      250,
    )
    .addOption(firstCall())
    .option('--seed <n>', 'seed of the generator that draws faults by rate', wholeNumber(0), 1)
    .option(
      '--max-calls <n>',
      'calls kept for the report; the oldest are dropped first',
      wholeNumber(0),
      100_000,
    )
    .addOption(
      new Option('--fault <name>', 'misbehaves so from the start; /_control/faults changes it').choices(
        FAULT_NAMES,
      ),
    )
    .option('--qos-udp-port <n>', 'listen for UDP latency pings; 0 takes a free port', portNumber)
    .option('--log', 'print one line for each call')
    .showHelpAfterError();
}

function firstCall(): Option {
  const what = 'the call that starts a host waits until it is Active, or gets a conflict at once';
  return new Option('--first-call <how>', what).choices(['wait', 'conflict']).default('wait');
}

/** Runs a simulator as the process's only job: serves, announces it, and ends on SIGINT, SIGTERM or with its parent. */
export async function runSimulator(protocol: FleetProtocol, flags: FleetFlags): Promise<void> {
  const { activationMs, firstCall, seed, maxCalls } = flags;
  const pools = Object.fromEntries(flags.locations.map((name) => [name, flags.standingBy]));
  const simulation = new Simulation(protocol, { pools, activationMs, firstCall, seed, maxCalls });
  if (flags.fault !== undefined) simulation.world.faults.set([NAMED_FAULTS[flags.fault]]);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
  process.once('disconnect', () => process.exit(0));
  try {
    if (flags.certOut !== undefined && flags.httpsPort === undefined) {
      throw new Error('--cert-out needs --https-port: without TLS there is no certificate.');
    }
    const onCallEnd = flags.log && ((call: CallRecord) => process.stdout.write(`${lineOf(call)}\n`));
    const { port, httpsPort, qosUdpPort } = flags;
    const listening = await serve(simulation, { port, httpsPort, qosUdpPort, onCallEnd });
    if (flags.certOut !== undefined && listening.certificate)
      writeFileSync(flags.certOut, listening.certificate);
    announce(protocol.name, listening);
  } catch (error) {
    fail(
      `The ${protocol.name} simulator cannot start: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function announce(name: string, listening: Listening): void {
  const { port, httpsPort, qosUdpPort } = listening;
  const also = [
    httpsPort !== undefined && `https://127.0.0.1:${httpsPort}`,
    qosUdpPort !== undefined && `UDP pings on ${qosUdpPort}`,
  ].filter(Boolean);
  process.stdout.write(`${name} simulator ready: ${[`http://127.0.0.1:${port}`, ...also].join(', ')}\n`);
  process.send?.({ type: 'ready', ...listening } satisfies StartMessage);
}

function fail(message: string): void {
  process.exitCode = 1;
  if (process.send) {
    process.send({ type: 'failed', message } satisfies StartMessage, () => process.exit());
  } else {
    process.stderr.write(`${message}\n`);
    process.exit();
  }
}

function lineOf(call: CallRecord): string {
  const end = call.answeredAt ?? call.closedByClientAt ?? call.resetAt;
  const ms = end ? Math.round(end.monotonicMs - call.arrivedAt.monotonicMs) : 0;
  const how = call.answeredAt ? String(call.status) : call.closedByClientAt ? 'closed by client' : 'reset';
  const faults = call.faults.length > 0 ? ` fault=${call.faults.join('+')}` : '';
  const host = call.hostId === undefined ? '' : ` ${call.hostId}`;
  const arrived = new Date(call.arrivedAt.wallMs).toISOString();
  const what = `${call.outcome ?? call.path} session=${call.sessionId ?? '-'}`;
  return `${arrived} ${how} ${what}${host} ${ms} ms${faults}`;
}
