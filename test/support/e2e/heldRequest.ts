import { type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expectDocumented } from '../openapi.ts';
import type { Reply } from './httpClient.ts';

/** A request whose headers the server has, and whose body is still to come: until then no function runs for it. */
export interface HeldRequest {
  finish(): Promise<Reply>;
}

/** Sends all of a request but its body, and resolves when the server has asked for that. */
export async function holdRequest(
  url: string,
  { method = 'GET', body = ' ' }: { readonly method?: string; readonly body?: string } = {},
): Promise<HeldRequest> {
  const headers = {
    expect: '100-continue',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const outgoing = request(url, { method, agent: false, headers });
  outgoing.flushHeaders();
  await once(outgoing, 'continue');
  return {
    async finish() {
      outgoing.end(body);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      const reply = {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: await text(response),
      };
      const { pathname: path } = new URL(url);
      expectDocumented({ method, path, status: reply.status, headers: reply.headers, body: reply.text });
      return reply;
    },
  };
}
