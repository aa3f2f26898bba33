import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CorsSettings } from './configuration.ts';

/**
 * Cross-origin answers from `Host.CORS`, as Core Tools gives them: any method and any header for an origin of the
 * list. Returns true when the request was a preflight: then it is answered already, whatever its path.
 */
export function applyCors(
  settings: CorsSettings | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin } = request.headers;
  if (settings === undefined || origin === undefined) return false;
  const any = settings.origins.includes('*');
  const allowed = any || settings.origins.includes(origin.toLowerCase());
  const method = request.headers['access-control-request-method'];
  const preflight = request.method === 'OPTIONS' && method !== undefined;

  if (allowed) {
    response.setHeader('access-control-allow-origin', any ? '*' : origin);
    // With "*" credentials are never allowed (Fetch standard, "CORS protocol and credentials").
    if (settings.credentials && !any) response.setHeader('access-control-allow-credentials', 'true');
  }
  if (!preflight) return false;

  if (allowed) {
    response.setHeader('access-control-allow-methods', method);
    const headers = request.headers['access-control-request-headers'];
    if (headers !== undefined) response.setHeader('access-control-allow-headers', headers);
  }
  response.statusCode = 204;
  response.end();
  return true;
}
