import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { makeCertificate } from '../../../../local/fleet/certificate.ts';
import { createPostJson, type JsonCall, type JsonOutcome } from '../../../../lib/fleets/http/jsonCall.ts';

/** A server that speaks bytes: for what no HTTP library would send. */
interface RawServer {
  readonly url: string;
  /** The requests seen, head and body. */
  readonly requests: string[];
  connections: number;
}

let server: Server | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  if (server === undefined) return;
  server.close();
  await once(server, 'close');
  server = undefined;
});

async function rawServer(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const seen: RawServer = { url: '', requests: [], connections: 0 };
  server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      seen.requests.push(data.toString());
      answer(socket, data.toString());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(seen, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a` });
}

function post(url: string, call: Partial<JsonCall> = {}): Promise<JsonOutcome> {
  const signal = AbortSignal.timeout(20_000);
  return createPostJson()({ url, headers: {}, body: { ping: 'ä' }, signal, ...call });
}

const answerOf = (body: string | Buffer, head = '') =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`),
    Buffer.from(body),
  ]);

describe('one JSON call', () => {
  it('writes the request that the fleet expects', async () => {
    const { url, requests } = await rawServer((socket) => socket.write(answerOf('{"pong":1}')));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const outcome = await post(url, { headers: { authorization: 'Bearer t' }, traceparent });

    expect(outcome).toEqual({ kind: 'answered', status: 200, body: { kind: 'json', value: { pong: 1 } } });
    const [head = '', body] = (requests[0] ?? '').split('\r\n\r\n');
    const [line, ...headers] = head.split('\r\n');
    expect(line).toBe('POST /a HTTP/1.1');
    expect(body).toBe('{"ping":"ä"}');
    expect(headers.map((header) => header.toLowerCase()).sort()).toEqual([
      'accept-encoding: identity',
      'accept: application/json',
      'authorization: bearer t',
      'connection: close',
      'content-length: 13',
      'content-type: application/json',
      `host: ${new URL(url).host}`,
      `traceparent: ${traceparent}`,
    ]);
  });

  it('forwards no trace context that is not one', async () => {
    const { url, requests } = await rawServer((socket) => socket.write(answerOf('1')));
    await post(url, { traceparent: 'x\r\nx-evil: 1' });
    expect(requests[0]).not.toMatch(/traceparent|evil/i);
  });

  it('waits a second for the words of a refusal, and goes by its status then', async () => {
    const { url } = await rawServer((socket) => {
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\nRetry-After: 7\r\n\r\n{');
    });
    expect(await post(url)).toEqual({
      kind: 'answered',
      status: 403,
      body: { kind: 'connection-lost' },
      retryAfterMs: 7_000,
    });
  });

  it('has a connection of its own, which is closed after it', async () => {
    const closed: Promise<unknown>[] = [];
    const seen = await rawServer((socket) => {
      closed.push(once(socket, 'close'));
      socket.write(answerOf('{}'));
    });
    const postJson = createPostJson();
    const call = { url: seen.url, headers: {}, body: {}, signal: AbortSignal.timeout(20_000) };
    await postJson(call);
    await postJson(call);
    expect([seen.requests.length, seen.connections]).toEqual([2, 2]);
    await Promise.all(closed);
  });

  it('has its own over TLS as well', async () => {
    const { cert, key } = await makeCertificate();
    let connections = 0;
    const secure = createTlsServer({ cert, key }, (_, response) => response.end('{}'));
    secure.on('secureConnection', () => (connections += 1)).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const plain = createDefaultHttpClient();
    const tlsSettings = { ca: cert };
    const postJson = createPostJson({
      sendRequest: (request) => plain.sendRequest(Object.assign(request, { tlsSettings })),
    });
    const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
    const call = { url, headers: {}, body: {}, signal: AbortSignal.timeout(20_000) };
    expect([(await postJson(call)).kind, (await postJson(call)).kind]).toEqual(['answered', 'answered']);
    secure.closeAllConnections();
    secure.close();
    await once(secure, 'close');
    expect(connections).toBe(2);
  });

  it('keeps no cookie', async () => {
    const { url, requests } = await rawServer((socket) =>
      socket.write(answerOf('{}', 'Set-Cookie: a=b\r\n')),
    );
    const postJson = createPostJson();
    const call = { url, headers: {}, body: {}, signal: AbortSignal.timeout(20_000) };
    await postJson(call);
    await postJson(call);
    expect(requests[1]).not.toMatch(/cookie/i);
  });

  it('does not follow a redirect', async () => {
    const { url, requests } = await rawServer((socket) =>
      socket.write('HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(await post(url)).toMatchObject({ kind: 'answered', status: 307 });
    expect(requests).toHaveLength(1);
  });

  it.each([408, 429, 500, 503])('does not repeat %d, whatever Retry-After says', async (status) => {
    const { url, requests } = await rawServer((socket) =>
      socket.write(`HTTP/1.1 ${status} X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n`),
    );
    expect(await post(url)).toMatchObject({ kind: 'answered', status, retryAfterMs: 0 });
    expect(requests).toHaveLength(1);
  });

  it('waits for the true answer behind an interim one', async () => {
    const { url } = await rawServer((socket) => {
      socket.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
      socket.write(answerOf('[1]'));
    });
    expect(await post(url)).toMatchObject({
      kind: 'answered',
      status: 200,
      body: { kind: 'json', value: [1] },
    });
  });

  it('drops a byte order mark', async () => {
    const { url } = await rawServer((socket) => socket.write(answerOf('\ufeff{"a":1}')));
    expect(await post(url)).toMatchObject({ body: { kind: 'json', value: { a: 1 } } });
  });
});

describe('a compressed body', () => {
  const JSON_BODY = { kind: 'json', value: { a: 1 } };
  const answered = async (body: Buffer, coding: string, limitTo?: number) => {
    const { url } = await rawServer((socket) =>
      socket.write(answerOf(body.subarray(0, limitTo), `Content-Encoding: ${coding}\r\n`)),
    );
    const outcome = await post(url);
    return outcome.kind === 'answered' ? outcome.body : outcome;
  };
  const json = '{"a":1}';

  it.each([
    ['gzip', gzipSync(json)],
    ['x-gzip', gzipSync(json)],
    ['GZip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['deflate', deflateRawSync(json)],
    ['br', brotliCompressSync(json)],
    ['identity', Buffer.from(json)],
    ['deflate, gzip', gzipSync(deflateSync(json))],
    ['identity, gzip,', gzipSync(json)],
  ])('by %s is decoded', async (coding, body) => {
    expect(await answered(body, coding)).toEqual(JSON_BODY);
  });

  it.each([
    ['zstd', 'The answer has the content coding zstd, which is not understood.'],
    ['gzip, compress', 'The answer has the content coding compress, which is not understood.'],
    ['<b>words</b>', 'The answer has a content coding without a proper name, which is not understood.'],
    ['gzip, gzip, gzip, gzip', 'The answer has too many content codings.'],
    ['br', 'The answer has the content coding br, and is not of it.'],
  ])('by %s is not, and says why', async (coding, reason) => {
    expect(await answered(gzipSync(json), coding)).toEqual({ kind: 'not-decoded', reason });
  });

  it('that is cut is not decoded', async () => {
    expect(await answered(gzipSync(json), 'gzip', -4)).toMatchObject({ kind: 'not-decoded' });
  });

  describe.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('by %s', (coding, compress) => {
    it.each([
      [262_144, { kind: 'json', value: 'a'.repeat(262_142) }],
      [262_145, { kind: 'too-large' }],
      [64 * 1024 * 1024, { kind: 'too-large' }],
    ])('of %d bytes once it is decoded', async (bytes, expected) => {
      expect(await answered(compress(`"${'a'.repeat(bytes - 2)}"`), coding)).toEqual(expected);
    });
  });
});

describe('a body that cannot be had', () => {
  it.each([
    ['broken UTF-8', answerOf(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
    ['empty', answerOf('')],
  ])('%s: not JSON', async (_, bytes) => {
    const { url } = await rawServer((socket) => socket.write(bytes));
    expect(await post(url)).toEqual({ kind: 'answered', status: 200, body: { kind: 'not-json' } });
  });

  it('half of it: the status is known all the same', async () => {
    const { url } = await rawServer((socket) =>
      socket.end('HTTP/1.1 409 X\r\nContent-Length: 100\r\n\r\n{"a":'),
    );
    expect(await post(url)).toEqual({ kind: 'answered', status: 409, body: { kind: 'connection-lost' } });
  });

  it('half of a chunked one', async () => {
    const { url } = await rawServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n'),
    );
    expect(await post(url)).toEqual({ kind: 'answered', status: 200, body: { kind: 'connection-lost' } });
  });

  it('without end: no more than the limit is fetched, and the connection is closed', async () => {
    let closed: Promise<unknown> | undefined;
    const { url } = await rawServer((socket) => {
      closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => {
        if (!socket.destroyed) socket.write(Buffer.alloc(64 * 1024, 0x20), more);
      };
      more();
    });
    expect(await post(url)).toEqual({ kind: 'answered', status: 200, body: { kind: 'too-large' } });
    await closed;
  });

  it.each([
    [262_144, 'json'],
    [262_145, 'too-large'],
  ])('of %d bytes: %s', async (bytes, kind) => {
    const { url } = await rawServer((socket) => socket.write(answerOf(`"${'a'.repeat(bytes - 2)}"`)));
    expect(await post(url)).toMatchObject({ body: { kind } });
  });

  it('that stops coming: ends with the signal, and the status is known', async () => {
    const abort = new AbortController();
    const { url } = await rawServer((socket) => socket.write('HTTP/1.1 503 X\r\nContent-Length: 9\r\n\r\n{'));
    const plain = createDefaultHttpClient();
    const postJson = createPostJson({
      // The head has come when this resolves; the rest of the body never does.
      sendRequest: (request) => plain.sendRequest(request).finally(() => abort.abort()),
    });
    expect(await postJson({ url, headers: {}, body: {}, signal: abort.signal })).toEqual({
      kind: 'answered',
      status: 503,
      body: { kind: 'timeout' },
    });
  });
});

describe('a call without an answer', () => {
  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['speaks another protocol', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'sends headers without end',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1 << 20)}`),
    ],
  ])('may have been acted on where the server %s', async (_, behave) => {
    const { url } = await rawServer(behave);
    expect(await post(url)).toEqual({ kind: 'lost', reason: 'connection-lost' });
  });

  it('was not sent where nobody listens', async () => {
    const { url } = await rawServer(() => undefined);
    server?.close();
    await once(server as Server, 'close');
    server = undefined;
    expect(await post(url)).toEqual({
      kind: 'not-sent',
      reason: expect.stringContaining('endpoint') as string,
    });
  });

  it('was not sent where the name does not exist', async () => {
    const outcome = await post('https://no-such-host.invalid/');
    expect(outcome).toEqual({ kind: 'not-sent', reason: expect.stringContaining('DNS') as string });
  });

  it('was not sent where a header cannot carry the token, and does not tell it', async () => {
    const { url, requests } = await rawServer(() => undefined);
    const outcome = await post(url, { headers: { authorization: 'Bearer canary€' } });
    expect(outcome).toEqual({ kind: 'not-sent', reason: expect.stringContaining('token') as string });
    expect(JSON.stringify(outcome)).not.toContain('canary');
    expect(requests).toEqual([]);
  });

  it('was not sent where its time was up before', async () => {
    const seen = await rawServer(() => undefined);
    expect(await post(seen.url, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'not-sent' });
    expect(seen.connections).toBe(0);
  });
});
