import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Recorder {
  readonly url: string;
  /** What came, each as one text: address, headers and body. Simulators keep no header that may hold a secret. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** A server that answers 503 to everything. */
export async function startRecorder(): Promise<Recorder> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        requests.push([request.url, ...request.rawHeaders, body].join('\n'));
        response.writeHead(503).end();
      },
      // Whoever called has left in the middle of it: no request, and none to answer.
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
