import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request: status, body (an object goes out as JSON), headers; or whatever it does to the socket. */
export type Step = (response: ServerResponse) => void;

export const answer =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): Step =>
  (response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** The request arrived; the connection goes before an answer comes. */
export const loseConnection: Step = (response) => {
  response.socket?.destroy();
};

/** Headers and half a body, then nothing. */
export const loseHalfway: Step = (response) => {
  response.writeHead(201, { 'content-length': '500' });
  response.write('{"sessionId":', () => response.socket?.destroy());
};

export const never: Step = () => undefined;

/** A real HTTP server that follows a script, one step a request; the last step answers all further ones. */
export interface ScriptedServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  play(...steps: Step[]): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  let script: Step[] = [];
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      const step = script.length > 1 ? script.shift() : script[0];
      step?.(response);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    play(...steps) {
      script = steps;
      seen.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
