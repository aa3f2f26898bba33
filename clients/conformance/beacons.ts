import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** UDP beacons on the loopback; 0 is a port that this machine has no address for. */
export interface Beacons {
  readonly ports: { readonly udp4: number; readonly udp6: number; readonly udpSilent: number };
  /** Whether this machine has ::1. */
  readonly ipv6: boolean;
  close(): void;
}

/** Two that echo, as PlayFab's beacons do (FF FF becomes 00 00), and one that keeps silent. */
export async function startBeacons(): Promise<Beacons> {
  const four = await beacon('udp4', '127.0.0.1', true);
  const silent = await beacon('udp4', '127.0.0.1', false);
  const six = await beacon('udp6', '::1', true).catch(() => undefined);
  return {
    ports: { udp4: four.port, udp6: six?.port ?? 0, udpSilent: silent.port },
    ipv6: six !== undefined,
    close: () => {
      for (const { close } of [four, silent, ...(six === undefined ? [] : [six])]) close();
    },
  };
}

async function beacon(
  type: 'udp4' | 'udp6',
  address: string,
  echoes: boolean,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const socket = createSocket(type);
  if (echoes) {
    socket.on('message', (datagram, from) => {
      socket.send(datagram.fill(0, 0, 2), from.port, from.address);
    });
  }
  socket.bind(0, address);
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => void socket.close() };
}
