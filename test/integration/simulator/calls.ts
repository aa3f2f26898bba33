import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface HostAnswer {
  hostName: string;
  portMappings: { Key: string; Value: { internal: number; external: number } }[];
  region: string;
  secureContext: string;
}

/** A well-formed request body for a new session, with members changed or (undefined) left out. */
export function requestBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    sessionId: randomUUID(),
    sandboxId: 'RETAIL',
    cloudGameId: '9cb3f2ab-0000-4000-8000-000000000001',
    locations: ['West US', 'East US'],
    gameModeId: '2162d32c-0000-4000-8000-000000000002',
    ...changes,
  };
}

export const goodHeaders = {
  'content-type': 'application/json',
  authorization: 'Bearer secret',
  'x-xbl-contract-version': '8',
};

/** One call, with `headers` changed or (undefined) left out. */
export function post(
  url: string,
  body: unknown,
  headers: Record<string, string | undefined> = {},
  init: RequestInit = {},
): Promise<Response> {
  const merged: Record<string, string | undefined> = { ...goodHeaders, ...headers };
  const sent = Object.entries(merged).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return fetch(`${url}/titles/1234/sessionhosts`, {
    method: 'POST',
    headers: sent,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

export async function hostOf(response: Response): Promise<HostAnswer> {
  return (await response.json()) as HostAnswer;
}

/** The error code of a call that fails on the socket; fetch hides it one level down. */
export async function socketError(call: Promise<Response>): Promise<string> {
  try {
    await (await call).text();
    return 'none';
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code ?? String(error);
  }
}

/** How many different sockets `count` calls one after the other used. */
export async function socketsUsed(url: string, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const ports = new Set<number | undefined>();
  for (let call = 0; call < count; call += 1) {
    await new Promise<void>((resolve, reject) => {
      request(`${url}/_control/health`, { agent }, (response) => {
        ports.add(response.socket.localPort);
        response.resume().once('end', resolve);
      })
        .once('error', reject)
        .end();
    });
  }
  agent.destroy();
  return ports.size;
}
