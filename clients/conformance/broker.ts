import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { give } from './answer.ts';
import type { Answer } from './case.ts';

/** A request that the scripted broker saw. Times are `performance.now()`. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly receivedMs: number;
  answeredMs?: number;
}

export interface Script {
  readonly answers: readonly Answer[];
  readonly locations?: Answer;
  readonly clockSkewSeconds: number;
}

/** The broker of one case, and the other host that some cases redirect to. */
export interface ScriptedBroker {
  readonly url: string;
  readonly elsewhereUrl: string;
  /** Requests for the session, and those for the locations. */
  readonly seen: Seen[];
  readonly seenLocations: Seen[];
  readonly seenElsewhere: Seen[];
  play(script: Script): void;
  /** Calls back each time something has come in or gone out. */
  onTraffic: () => void;
  cutConnections(): void;
  close(): Promise<void>;
}

const ALLOCATIONS = '/api/v1/allocations';
const LOCATIONS = '/api/v1/locations';
const NOT_FOUND: Answer = { status: 404 };

/**
 * Starts both hosts on free ports of the loopback.
 *
 * @param listening false: nobody listens at the broker's address
 */
export async function startBroker(listening: boolean): Promise<ScriptedBroker> {
  let script: Script = { answers: [], clockSkewSeconds: 0 };
  const server = createServer((request, response) => {
    void serve({ request, response }, broker, script).catch((error: unknown) => {
      // A connection that the client has cut; anything else is a fault of the case.
      if (!request.destroyed && !response.destroyed) throw error;
    });
  });
  const { server: elsewhere, seen: seenElsewhere } = anotherHost();
  const elsewherePort = await listen(elsewhere);
  const broker: ScriptedBroker = {
    url: `http://127.0.0.1:${await (listening ? listen(server) : takenPort(elsewherePort))}`,
    // Another name, so that it is another host for everyone who compares.
    elsewhereUrl: `http://localhost:${elsewherePort}`,
    seen: [],
    seenLocations: [],
    seenElsewhere,
    play: (next) => {
      script = next;
    },
    onTraffic: () => undefined,
    cutConnections: () => server.closeAllConnections(),
    close: async () => {
      await Promise.all([server, elsewhere].map(close));
    },
  };
  return broker;
}

async function serve(
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  broker: ScriptedBroker,
  script: Script,
): Promise<void> {
  const seen = await receive(exchange.request);
  const { list, answer } = route(broker, script, seen);
  list.push(seen);
  broker.onTraffic();
  const { clockSkewSeconds } = script;
  const answeredMs = await give(answer, { ...exchange, sessionId: sessionOf(seen), clockSkewSeconds });
  if (answeredMs !== undefined) seen.answeredMs = answeredMs;
  broker.onTraffic();
}

/** What a client that follows redirects would believe. */
function anotherHost(): { readonly server: Server; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const host = { sessionId: '', status: 'allocated', hostName: 'elsewhere.example', ports: [], region: 'X' };
  const server = createServer((request, response) => {
    void receive(request).then((received) => {
      seen.push(received);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(host));
    });
  });
  return { server, seen };
}

function route(
  broker: ScriptedBroker,
  script: Script,
  { path }: Seen,
): { readonly list: Seen[]; readonly answer: Answer } {
  if (path === LOCATIONS) return { list: broker.seenLocations, answer: script.locations ?? NOT_FOUND };
  const { length } = broker.seen;
  // What is asked for elsewhere counts as a request as well: the judge sees the path.
  const answer = path.startsWith(ALLOCATIONS) ? (script.answers[length] ?? script.answers.at(-1)) : undefined;
  return { list: broker.seen, answer: answer ?? NOT_FOUND };
}

function sessionOf({ path, body }: Seen): string {
  if (path.startsWith(`${ALLOCATIONS}/`)) return decodeURIComponent(path.slice(ALLOCATIONS.length + 1));
  return String((bodyOf(body) as { sessionId?: unknown } | undefined)?.sessionId);
}

/** The body as JSON; undefined when it is none. */
export function bodyOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

async function receive(request: IncomingMessage): Promise<Seen> {
  const { method = '', url: path = '', headers } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { method, path, headers, body: Buffer.concat(chunks), receivedMs: performance.now() };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/**
 * A port at which nobody listens, and nobody will: it is the near end of a connection to another one, until that is closed. A
 * port that is merely free may be given to the next case, which runs beside this one.
 */
async function takenPort(otherPort: number): Promise<number> {
  const connection = connect(otherPort, '127.0.0.1').on('error', () => undefined);
  await once(connection, 'connect');
  return connection.localPort ?? 0;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
