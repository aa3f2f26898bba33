import { type IncomingMessage, type Server, createServer } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';

/** The limits of the real host's server, Kestrel, which has its defaults (KestrelServerLimits). */
const REQUEST_LINE_BYTES = 8_192;
const HEADER_BYTES = 32_768;
/** Longer than clients keep idle connections, so they seldom use one that is just being closed. */
const KEEP_ALIVE_MS = 130_000;

/** Far above both limits: Node's own parser must not be the one that refuses. */
const PARSER_BYTES = 1_048_576;

/** An HTTP server that takes and refuses what Kestrel does. Its listener must ask {@link refusal} first. */
export function createHttpServer(): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: PARSER_BYTES });
  const onLastAnswer = new WeakSet<Duplex>();
  server.on('request', ({ socket }, { shouldKeepAlive }) => {
    if (!shouldKeepAlive) onLastAnswer.add(socket);
  });
  server.on('clientError', (error: ParserError, socket) => {
    // What follows a connection's last request is nobody's: another answer would be read as the rest of the last one.
    if (onLastAnswer.has(socket) && !isCutOff(error)) return;
    const packet = asKestrelReads(error);
    if (packet === undefined) answerUnreadable(error, socket);
    else serveAnew(server, socket, packet);
  });
  return server;
}

/** The status with which Kestrel refuses a request by its first lines; undefined when it takes it. */
export function refusal({
  method = '',
  url = '',
  httpVersion,
  rawHeaders,
}: IncomingMessage): number | undefined {
  if (`${method} ${url} HTTP/${httpVersion}\r\n`.length > REQUEST_LINE_BYTES) return 414;
  // A name and its value alternate, and each has two more bytes in its line: ": " or the line's end.
  if (rawHeaders.reduce((bytes, text) => bytes + text.length + 2, 0) > HEADER_BYTES) return 431;
  return /^[^?]*%00/.test(url) ? 400 : undefined;
}

interface ParserError extends NodeJS.ErrnoException {
  /** What came last, where the parser refused what came. */
  readonly rawPacket?: Buffer;
}

/**
 * What came, so that Node's parser reads of it what Kestrel does: a standard method in any case; and a chunked body with a
 * length beside it, which counts for nothing then. Undefined where Kestrel refuses it as well.
 */
function asKestrelReads({ code, rawPacket }: ParserError): Buffer | undefined {
  const text = rawPacket?.toString('latin1') ?? '';
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [head, rest] = [text.slice(0, end), text.slice(end)];
  const read =
    code === 'HPE_INVALID_METHOD'
      ? head.replace(/^(get|head|post|put|patch|delete|options) /i, (method) => method.toUpperCase())
      : /^transfer-encoding: *chunked *$/im.test(head)
        ? head.replaceAll(/\r\ncontent-length:[^\r]*/gi, '')
        : head;
  return read === head ? undefined : Buffer.from(read + rest, 'latin1');
}

/** Puts the connection before a new parser, beginning with a packet that is not the one that came. */
function serveAnew(server: Server, socket: Duplex, packet: Buffer): void {
  // Those of the parser that has given up.
  for (const event of ['data', 'end', 'close', 'drain', 'timeout', 'error']) socket.removeAllListeners(event);
  const [inner, outer] = duplexPair();
  server.emit('connection', inner);
  outer.write(packet);
  socket.pipe(outer).pipe(socket);
  socket.on('error', () => inner.destroy());
  socket.on('close', () => inner.destroy());
  inner.on('close', () => socket.destroy());
}

const isCutOff = ({ code }: ParserError): boolean =>
  code === 'HPE_INVALID_EOF_STATE' || code === 'ECONNRESET';

function answerUnreadable(error: ParserError, socket: Duplex): void {
  // Kestrel gives no answer either.
  if (isCutOff(error) || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  socket.end(`HTTP/1.1 ${status} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
