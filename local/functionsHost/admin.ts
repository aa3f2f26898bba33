import type { ServerResponse } from 'node:http';
import { isTimer, type HostedFunction } from './functions.ts';
import type { Keys } from './keys.ts';
import type { Timers } from './timers.ts';

export interface AdminParts {
  readonly functions: readonly HostedFunction[];
  readonly keys: Keys;
  readonly timers: Timers;
  readonly startError: unknown;
}

/**
 * The two calls of the runtime's admin API that development needs.
 * `GET /admin/host/status`: the app's state; open, since it serves as the readiness check.
 * `POST /admin/functions/<name>`: runs a timer function now. 202 at once, as in Azure; with `?wait=true`, which is this
 * host's own, 200 when it has ended and 500 when it threw.
 * Returns the status to answer with an empty body, or undefined when it has answered.
 */
export async function handleAdmin(
  parts: AdminParts,
  request: { method: string; url: URL; key: string | undefined },
  response: ServerResponse,
): Promise<number | undefined> {
  const { method, url, key } = request;
  const path = url.pathname.toLowerCase();
  if (method === 'GET' && path === '/admin/host/status') {
    writeStatus(response, parts.startError === undefined);
    return undefined;
  }
  const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
  if (method !== 'POST' || name === undefined) return 404;
  if (!parts.keys.allows('admin', name, key)) return 401;
  const fn = parts.functions.find((each) => each.name.toLowerCase() === name);
  if (!fn) return 404;
  if (!isTimer(fn)) return 400;

  const run = parts.timers.run(fn);
  if (url.searchParams.get('wait') !== 'true') return 202;
  return (await run).ok ? 200 : 500;
}

function writeStatus(response: ServerResponse, running: boolean): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(
    JSON.stringify({
      state: running ? 'Running' : 'Error',
      processUptime: Math.round(process.uptime() * 1000),
    }),
  );
}
