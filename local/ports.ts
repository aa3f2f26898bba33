import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port on 127.0.0.1 that is free now, for servers that cannot be told to take any and say which. */
export async function freePort(): Promise<number> {
  return tryPort(0);
}

/** Throws, and names the flag that chose it, when a port on 127.0.0.1 is taken. @param port 0 never is */
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
