import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port on 127.0.0.1 that is free now, for servers that cannot take a free one and report it. */
export async function freePort(): Promise<number> {
  return tryPort(0);
}

/** This port where it is free now, else one that is. */
export async function orFree(port: number): Promise<number> {
  return tryPort(port).catch(freePort);
}

/**
 * Checks that a port on 127.0.0.1 is free; 0 always is.
 *
 * @param flag with which to choose another one, if there is one
 * @throws Error that says what to do
 */
export async function mustBeFree(port: number, flag?: string): Promise<void> {
  try {
    await tryPort(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const advice =
      flag === undefined ? 'stop what has it.' : `choose another one with ${flag}, or 0 for a free one.`;
    throw new Error(`Port ${port} is taken: ${advice}`, { cause: error });
  }
}

async function tryPort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
