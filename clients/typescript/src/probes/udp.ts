import type { Qos } from '../types.ts';
import { bare } from './address.ts';

/** Two marker bytes, then what tells this datagram from others. */
const DATAGRAM_BYTES = 16;

type Dgram = ReturnType<typeof process.getBuiltinModule<'node:dgram'>>;

/**
 * A UDP echo, in Node only, over IPv4 or IPv6: a name that has addresses of both kinds is asked on both, and the first
 * echo counts, because a network may lead to one of them alone.
 *
 * PlayFab's beacons answer a datagram that begins with 0xFFFF by the same with 0x0000 there
 * (learn.microsoft.com, "Using QoS beacons to measure player latency to Azure"); plain echo services send it back as
 * it is. Either way the rest is compared.
 */
export async function udpProbe({ host, port }: Qos, signal: AbortSignal): Promise<number> {
  // Not `import('node:dgram')`: bundlers for browsers would fail on it.
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  const dgram = process?.getBuiltinModule?.('node:dgram');
  const dns = process?.getBuiltinModule?.('node:dns');
  if (dgram === undefined || dns === undefined || host === '') throw new Error('no UDP here');
  const addresses = await dns.promises.lookup(bare(host), { all: true });
  const oneOfEach = [4, 6].flatMap((kind) => addresses.find(({ family }) => family === kind) ?? []);
  const done = new AbortController();
  const stop = (): void => done.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.any(
      oneOfEach.map(({ family, address }) =>
        echo(dgram.createSocket(family === 6 ? 'udp6' : 'udp4'), { address, port }, done.signal),
      ),
    );
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Milliseconds to the beacon and back. Closes the socket, whatever happens. */
async function echo(
  socket: ReturnType<Dgram['createSocket']>,
  to: { readonly address: string; readonly port: number },
  signal: AbortSignal,
): Promise<number> {
  const sent = crypto.getRandomValues(new Uint8Array(DATAGRAM_BYTES)).fill(0xff, 0, 2);
  try {
    return await new Promise<number>((resolve, reject) => {
      let sentMs = Infinity;
      signal.addEventListener('abort', () => reject(new Error('timed out')), { once: true });
      socket.on('error', reject);
      socket.on('message', (received) => {
        if (isEcho(received, sent)) resolve(performance.now() - sentMs);
      });
      // Connected, so that only the beacon's datagrams come in. An address that cannot be reached comes as an error, to
      // the callback: whoever sent nevertheless would end the process.
      socket.connect(to.port, to.address, (error?: Error) => {
        if (error === undefined) {
          sentMs = performance.now();
          socket.send(sent);
        } else reject(error);
      });
    });
  } finally {
    socket.close();
  }
}

const isEcho = (received: Uint8Array, sent: Uint8Array): boolean =>
  received.length === sent.length && sent.every((byte, index) => index < 2 || received[index] === byte);
