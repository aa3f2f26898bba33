import type { ServerResponse } from 'node:http';
import { isTimer, type HostedFunction } from './functions.ts';
import { writeEmpty } from './httpMessages.ts';
import type { Keys } from './keys.ts';
import type { Timers } from './timers.ts';

export interface AdminParts {
  functions: readonly HostedFunction[];
  keys: Keys;
  timers: Timers;
  startError: unknown;
}

/**
 * The two calls of the runtime's admin API that development needs.
 * `GET /admin/host/status`: the app's state; open, since it serves as the readiness check.
 * `POST /admin/functions/<name>`: runs a timer function now. 202 at once, as in Azure; with `?wait=true`, which is this
 * host's own, 200 when it has ended and 500 when it threw.
 */
export async function handleAdmin(
  parts: AdminParts,
  request: { method: string; url: URL; key: string | undefined },
  response: ServerResponse,
): Promise<void> {
  const { method, url, key } = request;
  if (method === 'GET' && url.pathname === '/admin/host/status') {
    writeStatus(response, parts.startError === undefined);
    return;
  }
  const name = /^\/admin\/functions\/([^/]+)$/.exec(url.pathname)?.[1]?.toLowerCase();
  const fn = parts.functions.find((each) => each.name.toLowerCase() === name);
  if (method !== 'POST' || name === undefined) return writeEmpty(response, 404);
  if (!parts.keys.allows('admin', name, key)) return writeEmpty(response, 401);
  if (!fn) return writeEmpty(response, 404);
  if (!isTimer(fn)) return writeEmpty(response, 400);

  const run = parts.timers.run(fn);
  if (url.searchParams.get('wait') !== 'true') return writeEmpty(response, 202);
  writeEmpty(response, (await run).ok ? 200 : 500);
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
