import { isDeepStrictEqual } from 'node:util';
import { bodyOf, type Seen } from './broker.ts';
import type { Case } from './case.ts';

/** Timers of busy machines are late, and some are a few milliseconds early. */
const LATE_MS = 2_000;
const EARLY_MS = 20;
const GUID = /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;

/** What was wrong with the requests for the session, one sentence each. */
export function judgeRequests(scene: Case, seen: readonly Seen[]): string[] {
  return [
    ...judgeCount(scene, seen.length),
    ...judgeWaits(scene, seen),
    ...new Set(seen.flatMap((request) => [...judgeAddress(scene, request), ...judgeHeaders(scene, request)])),
    ...(scene.operation === 'find' ? [] : judgeBodies(scene, seen)),
  ];
}

function judgeCount({ listening, expect: { requests } }: Case, count: number): string[] {
  if (!listening || requests === undefined) return [];
  const [least, most] = typeof requests === 'number' ? [requests, requests] : requests;
  const wanted = least === most ? String(least) : `${least} to ${most}`;
  return count >= least && count <= most ? [] : [`It should send ${wanted} requests, and sent ${count}.`];
}

function judgeWaits({ expect: { waits = [] } }: Case, seen: readonly Seen[]): string[] {
  return waits.flatMap((bounds, index) => {
    const answeredMs = seen[index]?.answeredMs;
    const nextMs = seen[index + 1]?.receivedMs;
    if (bounds === null || answeredMs === undefined || nextMs === undefined) return [];
    const waitedMs = nextMs - answeredMs;
    if (waitedMs >= bounds[0] - EARLY_MS && waitedMs <= bounds[1] + LATE_MS) return [];
    return [`Wait ${index + 1} should be ${bounds[0]} to ${bounds[1]} ms: ${Math.round(waitedMs)} ms.`];
  });
}

function judgeAddress({ operation }: Case, { method, path }: Seen): string[] {
  const right =
    operation === 'find'
      ? method === 'GET' && path.startsWith('/api/v1/allocations/')
      : method === 'POST' && path === '/api/v1/allocations';
  return right ? [] : [`It sent ${method} ${path}.`];
}

function judgeHeaders({ operation, functionKey }: Case, { headers, body }: Seen): string[] {
  const key = headers['x-functions-key'];
  const broken = [
    ...(key === (functionKey ?? undefined)
      ? []
      : [`The function key should be ${functionKey}: ${String(key)}`]),
  ];
  if (operation === 'find') return broken;
  const wait = Number(/^wait=(\d+)$/.exec(String(headers['prefer']))?.[1]);
  return [
    ...broken,
    ...(headers['content-length'] === String(body.length) && headers['transfer-encoding'] === undefined
      ? []
      : ['The body should have a Content-Length and no chunks.']),
    ...(/^application\/json\b/.test(headers['content-type'] ?? '')
      ? []
      : [`The Content-Type should be application/json: ${headers['content-type']}`]),
    ...(wait >= 1 && wait <= 25 ? [] : [`Prefer should be wait=1 to wait=25: ${String(headers['prefer'])}`]),
  ];
}

function judgeBodies({ request, operation, expect }: Case, seen: readonly Seen[]): string[] {
  const [first, ...others] = seen;
  if (first === undefined) return [];
  const body = bodyOf(first.body);
  if (typeof body !== 'object' || body === null) return ['The body should be JSON.'];
  const members = body as Readonly<Record<string, unknown>>;
  const named = { gameMode: undefined, sessionCookie: undefined, players: undefined, ...request };
  const wrong = Object.entries(named)
    .filter(([name]) => !(operation === 'join' && name === 'latencies'))
    .filter(([name, value]) => !same(members[name], value))
    .map(([name]) => `The body's ${name} should be as asked for: ${JSON.stringify(members[name])}`);
  return [
    ...wrong,
    ...(GUID.test(String(members['sessionId'])) ? [] : ['The body should have a GUID as sessionId.']),
    ...(others.every((other) => other.body.equals(first.body))
      ? []
      : ['The body should be the same each time.']),
    ...judgeMeasured(expect, members['latencies']),
  ];
}

/** For an optional member, null, "" and [] mean absent. */
const same = (given: unknown, wanted: unknown): boolean =>
  wanted === undefined
    ? given === undefined || given === null || given === '' || isDeepStrictEqual(given, [])
    : isDeepStrictEqual(given, wanted);

function judgeMeasured({ measured, notMeasured = [] }: Case['expect'], latencies: unknown): string[] {
  if (measured === undefined) return [];
  const list = (latencies ?? []) as readonly { readonly location: string; readonly ms: number | null }[];
  const names = list.filter(({ ms }) => (ms ?? 0) > 0 && (ms ?? 0) < 60_000).map(({ location }) => location);
  return [
    ...measured.filter((name) => !names.includes(name)).map((name) => `${name} should be measured.`),
    ...notMeasured
      .filter((name) => names.includes(name))
      .map((name) => `${name} cannot be measured, and was.`),
  ];
}
