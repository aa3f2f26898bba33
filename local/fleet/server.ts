import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CallRecord } from './callLog.ts';
import { handleCall } from './callStory.ts';
import { makeCertificate } from './certificate.ts';
import { controlPrefix, handleControl } from './controlApi.ts';
import { answerPing, listenForPings } from './qos.ts';
import type { Simulation } from './simulation.ts';

export interface ServerOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** Listen with TLS as well; 0 takes a free port, absent: no TLS. */
  httpsPort?: number | undefined;
  /** Listen for UDP pings as well; 0 takes a free port, absent: none. */
  qosUdpPort?: number | undefined;
  /** Told of each protocol call when its connection is done with it. */
  onCallEnd?: ((call: CallRecord) => void) | undefined;
}

/** Where a running simulator can be reached. */
export interface Listening {
  port: number;
  httpsPort?: number;
  /** The TLS certificate, PEM. */
  certificate?: string;
  qosUdpPort?: number;
}

// Longer than any client of a test keeps a connection idle: Node's 5 s would add resets nobody asked for.
const keepAliveMs = 120_000;

/** Serves a simulation: its protocol, `/_control/*` and `/qos`. */
export async function serve(simulation: Simulation, options: ServerOptions): Promise<Listening> {
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    route(simulation, request, response, options.onCallEnd).catch((error: unknown) => {
      process.stderr.write(`The simulator itself failed: ${String(error)}\n`);
      response.destroy();
    });
  };
  const listening: Listening = { port: await listen(createServer(handler), options.port) };
  if (options.httpsPort !== undefined) {
    const { key, cert } = await makeCertificate();
    listening.httpsPort = await listen(createTlsServer({ key, cert }, handler), options.httpsPort);
    listening.certificate = cert;
  }
  if (options.qosUdpPort !== undefined) {
    listening.qosUdpPort = (await listenForPings(options.qosUdpPort)).address().port;
  }
  return listening;
}

async function route(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  onCallEnd: ServerOptions['onCallEnd'],
): Promise<void> {
  const url = request.url ?? '/';
  if (url.startsWith(controlPrefix)) return handleControl(simulation, request, response);
  if (url === '/qos' || url.startsWith('/qos?')) answerPing(response);
  else await handleCall(simulation.world, simulation.protocol, request, response, onCallEnd);
}

async function listen(server: Server, port: number): Promise<number> {
  server.keepAliveTimeout = keepAliveMs;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
