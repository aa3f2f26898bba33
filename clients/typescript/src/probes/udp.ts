import type { Qos } from '../types.ts';

/** Two marker bytes, then what tells this datagram from others. */
const DATAGRAM_BYTES = 16;

/**
 * A UDP echo, in Node only. PlayFab's beacons answer a datagram that begins with 0xFFFF by the same with 0x0000 there
 * (learn.microsoft.com, "Using QoS beacons to measure player latency to Azure"); plain echo services send it back as
 * it is. Either way the rest is compared.
 */
export async function udpProbe({ host, port }: Qos, signal: AbortSignal): Promise<number> {
  // Not `import('node:dgram')`: bundlers for browsers would fail on it.
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  const dgram = process?.getBuiltinModule?.('node:dgram');
  if (dgram === undefined) throw new Error('no UDP here');
  const sent = crypto.getRandomValues(new Uint8Array(DATAGRAM_BYTES)).fill(0xff, 0, 2);
  const socket = dgram.createSocket('udp4');
  try {
    return await new Promise<number>((resolve, reject) => {
      let sentMs = Infinity;
      signal.addEventListener('abort', () => reject(new Error('timed out')), { once: true });
      socket.on('error', reject);
      socket.on('message', (received) => {
        if (isEcho(received, sent)) resolve(performance.now() - sentMs);
      });
      // Connected, so that the name is looked up before the clock starts and only the beacon's datagrams come in.
      socket.connect(port, host, () => {
        sentMs = performance.now();
        socket.send(sent);
      });
    });
  } finally {
    socket.close();
  }
}

const isEcho = (received: Uint8Array, sent: Uint8Array): boolean =>
  received.length === sent.length && sent.every((byte, index) => index < 2 || received[index] === byte);
