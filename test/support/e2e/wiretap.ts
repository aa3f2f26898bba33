import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Wiretap {
  readonly url: string;
  /** The credentials that went past, each once, without a scheme. */
  readonly credentials: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Headers with which brokers show themselves to fleets. */
const CREDENTIAL = /^(?:authorization: \S+|x-secretkey:|x-entitytoken:) (\S+)\r$/gim;

/** Stands before a fleet and hands on every byte as it is, broken connections included; keeps the credentials. */
export async function tapFleet(fleetUrl: string): Promise<Wiretap> {
  const credentials = new Set<string>();
  const open = new Set<Socket>();
  const port = Number(new URL(fleetUrl).port);
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let text = '';
    near.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
      for (const [, credential = ''] of text.matchAll(CREDENTIAL)) credentials.add(credential);
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials,
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
