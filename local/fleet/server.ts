import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CallRecord } from './callLog.ts';
import { handleCall } from './callLifecycle.ts';
import { makeCertificate } from './certificate.ts';
import { CONTROL_PREFIX, handleControl } from './controlApi.ts';
import { answerPing, listenForPings } from './qos.ts';
import type { Simulation } from './simulation.ts';

export interface ServerOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Listen with TLS as well; 0 takes a free port, absent: no TLS. */
  readonly httpsPort?: number | undefined;
  /** Listen for UDP pings as well; 0 takes a free port, absent: none. */
  readonly qosUdpPort?: number | undefined;
  /** Gets each protocol call when its connection has closed. */
  readonly onCallEnd?: ((call: CallRecord) => void) | undefined;
}

/** Where a running simulator can be reached. */
export interface Listening {
  readonly port: number;
  readonly httpsPort?: number;
  /** The TLS certificate, PEM. */
  readonly certificate?: string;
  readonly qosUdpPort?: number;
}

/** Longer than any client of a test keeps a connection idle: Node's 5 s would add resets nobody asked for. */
const KEEP_ALIVE_MS = 120_000;

/** Serves a simulation: its protocol, `/_control/*` and `/qos`. */
export async function serve(simulation: Simulation, options: ServerOptions): Promise<Listening> {
  const handler: RequestListener = (request, response) => {
    route(simulation, request, response, options.onCallEnd).catch((error: unknown) => {
      process.stderr.write(`The simulator itself failed: ${String(error)}\n`);
      response.destroy();
    });
  };
  const { port, httpsPort, qosUdpPort } = options;
  return {
    port: await listen(createServer(handler), port),
    ...(httpsPort !== undefined && (await listenWithTls(handler, httpsPort))),
    ...(qosUdpPort !== undefined && { qosUdpPort: (await listenForPings(qosUdpPort)).address().port }),
  };
}

async function listenWithTls(
  handler: RequestListener,
  port: number,
): Promise<Pick<Listening, 'httpsPort' | 'certificate'>> {
  const { key, cert } = await makeCertificate();
  return { httpsPort: await listen(createTlsServer({ key, cert }, handler), port), certificate: cert };
}

async function route(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  onCallEnd: ServerOptions['onCallEnd'],
): Promise<void> {
  const url = request.url ?? '/';
  if (url.startsWith(CONTROL_PREFIX)) return handleControl(simulation, request, response);
  if (url === '/qos' || url.startsWith('/qos?')) answerPing(response);
  else await handleCall(simulation.world, simulation.protocol, request, response, onCallEnd);
}

async function listen(server: Server, port: number): Promise<number> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
