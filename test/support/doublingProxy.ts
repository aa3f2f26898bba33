import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, type Socket, createServer } from 'node:net';

export interface DoublingProxy {
  readonly url: string;
  /** Connections that were made to it so far. */
  readonly connections: number;
  stop(): Promise<void>;
}

/**
 * `at-once`: the second copy follows the first by some milliseconds. `with-next`: it waits until the connection is used
 * for another request, whose own answer comes behind it.
 */
export type SecondCopy = 'at-once' | 'with-next';

const SOON_MS = 5;

/** Stands in front of a fleet and delivers each of its answers twice on a connection that the caller keeps. */
export async function startDoublingProxy(target: string, secondCopy: SecondCopy): Promise<DoublingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    serve(socket, target, secondCopy);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One request after the other, as HTTP/1.1 has it. */
function serve(socket: Socket, target: string, secondCopy: SecondCopy): void {
  let received = Buffer.alloc(0);
  let previous: Buffer | undefined;
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    const [head = '', ...rest] = received.toString('latin1').split('\r\n\r\n');
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (rest.length === 0 || received.length < head.length + 4 + length) return;
    const body = received.subarray(head.length + 4);
    received = Buffer.alloc(0);
    if (previous !== undefined) socket.write(previous);
    forward(target, head, body, (answer) => {
      if (secondCopy === 'with-next') previous = answer;
      else setTimeout(() => socket.write(answer), SOON_MS);
      socket.write(answer);
    });
  });
}

function forward(target: string, head: string, body: Buffer, done: (answer: Buffer) => void): void {
  const [line = '', ...lines] = head.split('\r\n');
  const [method, path = '/'] = line.split(' ');
  const headers = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(':')), each.slice(each.indexOf(':') + 1).trim()]),
  );
  const outgoing = request(new URL(path, target), { method, headers, agent: false }, (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('end', () => {
      const text = Buffer.concat(pieces);
      const type = response.headers['content-type'] ?? 'application/json';
      const answered = `HTTP/1.1 ${response.statusCode} X\r\nContent-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n`;
      done(Buffer.concat([Buffer.from(answered), text]));
    });
  });
  outgoing.on('error', () => undefined);
  outgoing.end(body);
}
