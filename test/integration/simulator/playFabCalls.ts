import { randomUUID } from 'node:crypto';

/** What PlayFab wraps an answer in: `data` or an error. */
export interface Envelope<T> {
  code: number;
  status: string;
  data?: T;
  error?: string;
  errorCode?: number;
  errorMessage?: string;
  errorDetails?: Record<string, string[]>;
}

export interface ServerDetails {
  FQDN: string;
  IPV4Address: string;
  Region: string;
  ServerId: string;
  VmId: string;
  BuildId: string;
}

export const BUILD = '1b1d0000-0000-4000-8000-000000000001';
export const ALIAS = 'a11a5000-0000-4000-8000-000000000002';

/** A well-formed request for a new session, with members changed or (undefined) left out. */
export function serverRequest(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { SessionId: randomUUID(), PreferredRegions: ['WestUs', 'EastUs'], BuildId: BUILD, ...changes };
}

/** One call of any endpoint; headers that are undefined are left out. */
export function call(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  const merged: Record<string, string | undefined> = { 'content-type': 'application/json', ...headers };
  const sent = Object.entries(merged).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: sent,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function askToken(
  url: string,
  headers: Record<string, string | undefined> = {},
  body: unknown = {},
): Promise<Response> {
  return call(url, '/Authentication/GetEntityToken', body, { 'x-secretkey': 'secret', ...headers });
}

/** A good token; throws when the simulator gives none. */
export async function tokenOf(url: string): Promise<string> {
  const { data } = (await (await askToken(url)).json()) as Envelope<{ EntityToken: string }>;
  if (!data) throw new Error('The simulator gave no token.');
  return data.EntityToken;
}

export function askServer(
  url: string,
  token: string,
  body: unknown = serverRequest(),
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  const path = '/MultiplayerServer/RequestMultiplayerServer';
  return call(url, path, body, { 'x-entitytoken': token, ...headers });
}

export async function serverOf(response: Response): Promise<ServerDetails> {
  const { data } = (await response.json()) as Envelope<ServerDetails>;
  if (!data) throw new Error(`There is no server in an answer with status ${response.status}.`);
  return data;
}

/** Status, name and number of an error, both statuses: [401, 401, 'Unauthorized', 'NotAuthenticated', 1074]. */
export async function errorOf(response: Response): Promise<unknown[]> {
  const { code, status, error, errorCode } = (await response.json()) as Envelope<unknown>;
  return [response.status, code, status, error, errorCode];
}
