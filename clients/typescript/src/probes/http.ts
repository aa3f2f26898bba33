import type { Qos } from '../types.ts';
import { bare } from './address.ts';

/**
 * A round trip over HTTP, whatever the answer's status. Sent twice, timed once: the first request opens the connection
 * (name, TCP, TLS: up to four round trips), the second runs on it.
 */
export async function httpProbe({ protocol, host, port }: Qos, signal: AbortSignal): Promise<number> {
  const name = bare(host);
  const url = `${protocol}://${name.includes(':') ? `[${name}]` : name}:${port}/`;
  const request = async (): Promise<void> => {
    // no-cors: nothing of the answer is read, so beacons need no CORS headers.
    const response = await fetch(url, { method: 'HEAD', mode: 'no-cors', cache: 'no-store', signal });
    await response.body?.cancel();
  };
  await request();
  const startedMs = performance.now();
  await request();
  return performance.now() - startedMs;
}
