import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** `GET /qos`: an empty answer that a browser game may time from any origin. */
export function answerPing(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-origin': '*',
    'timing-allow-origin': '*',
    'cache-control': 'no-store',
  });
  response.end();
}

/**
 * A UDP beacon on 127.0.0.1 that sends each datagram back. One that begins with 0xFFFF comes back with 0x0000 there,
 * as PlayFab's beacons do (learn.microsoft.com, "Using QoS beacons to measure player latency to Azure").
 */
export async function listenForPings(port: number): Promise<Socket> {
  const beacon = createSocket('udp4');
  beacon.on('message', (datagram, sender) => {
    if (datagram.length >= 2 && datagram.readUInt16BE(0) === 0xffff) datagram.writeUInt16BE(0, 0);
    beacon.send(datagram, sender.port, sender.address);
  });
  beacon.bind(port, '127.0.0.1');
  await once(beacon, 'listening');
  return beacon;
}
