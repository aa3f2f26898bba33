import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port on 127.0.0.1 that is free now, for servers that cannot take a free one and report it. */
export async function freePort(): Promise<number> {
  return tryPort(0);
}

/**
 * Checks that a port on 127.0.0.1 is free; 0 always is.
 *
 * @throws Error that names the flag with which to choose another one
 */
export async function mustBeFree(port: number, flag: string): Promise<void> {
  try {
    await tryPort(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is taken: choose another one with ${flag}, or 0 for a free one.`, {
      cause: error,
    });
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
