import type { IncomingMessage, ServerResponse } from 'node:http';
import { readHold, readPools, readRelease, readReset } from './controlSchema.ts';
import { readFaultRules } from './faultSchema.ts';
import { readBody } from './incoming.ts';
import { InvalidInput } from './inputSchema.ts';
import { FAULT_NAMES, isFaultName, NAMED_FAULTS } from './namedFaults.ts';
import { buildReport } from './report.ts';
import type { Simulation } from './simulation.ts';

export const CONTROL_PREFIX = '/_control/';

interface ControlCall {
  readonly simulation: Simulation;
  readonly body: unknown;
  readonly query: URLSearchParams;
  /** The part of the path at `{sessionId}` or `{name}`. */
  readonly part: string;
}

type Handler = (call: ControlCall) => unknown;

/** How long a call waits for parked calls, in milliseconds, unless it says. Long enough for a busy machine. */
const DEFAULT_WAIT_MS = 30_000;

const ROUTES: Readonly<Record<string, Handler>> = {
  'GET health': ({ simulation }) => ({ status: 'ok', protocol: simulation.protocol.name }),
  'GET report': ({ simulation, query }) =>
    buildReport(simulation.world, {
      sessions: query.get('sessions')?.split(','),
      summary: query.get('summary') === 'true',
    }),
  'GET faults': ({ simulation }) => simulation.world.faults.list(),
  'POST faults': ({ simulation, body }) => {
    simulation.world.faults.set(readFaultRules(body));
    return simulation.world.faults.list();
  },
  'POST faults/{name}': ({ simulation, part }) => {
    if (!isFaultName(part)) throw new InvalidInput([`the name must be one of ${FAULT_NAMES.join(', ')}`]);
    simulation.world.faults.set([NAMED_FAULTS[part]]);
    return simulation.world.faults.list();
  },
  'DELETE faults': ({ simulation }) => {
    simulation.world.faults.set([]);
    return [];
  },
  'POST reset': ({ simulation, body }) => {
    simulation.reset(readReset(body));
    return { pools: simulation.world.state.pools() };
  },
  'GET pools': ({ simulation }) => simulation.world.state.pools(),
  'POST pools': ({ simulation, body }) => {
    simulation.world.state.setPools(readPools(body));
    return simulation.world.state.pools();
  },
  'POST hosts/{sessionId}/end': ({ simulation, part }) => ({ ended: simulation.world.state.end(part) }),
  'POST hold': ({ simulation, body }) => simulation.world.holds.add(readHold(body)),
  'POST release': ({ simulation, body }) => ({ released: simulation.world.holds.release(readRelease(body)) }),
  'GET waiting': async ({ simulation, query }) => {
    const { holds } = simulation.world;
    const reached = await holds.waitForParked(
      wholeNumber(query, 'count', 1),
      wholeNumber(query, 'timeoutMs', DEFAULT_WAIT_MS),
    );
    return { reached, parked: holds.parked() };
  },
};

/** Answers `/_control/*` for any simulator: tests and tools make it misbehave by it, and learn what it saw. */
export async function handleControl(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { name, part } = routeOf(request.method ?? 'GET', url.pathname.slice(CONTROL_PREFIX.length));
  const text = await readBody(request);
  if (text === undefined) return;
  const handler = ROUTES[name];
  if (!handler) {
    answer(response, 404, {
      error: `There is no ${name}, only the routes listed.`,
      routes: Object.keys(ROUTES),
    });
    return;
  }
  try {
    const body: unknown = text === '' ? {} : JSON.parse(text);
    answer(response, 200, await handler({ simulation, body, query: url.searchParams, part }));
  } catch (error) {
    if (error instanceof InvalidInput)
      answer(response, 400, { error: error.message, problems: error.problems });
    else if (error instanceof SyntaxError)
      answer(response, 400, { error: `The body is not JSON: ${error.message}` });
    else throw error;
  }
}

function routeOf(method: string, path: string): { name: string; part: string } {
  const [, before = '', part, after = ''] = /^(hosts\/|faults\/)([^/]+)(\/end)?$/.exec(path) ?? [];
  if (part === undefined) return { name: `${method} ${path}`, part: '' };
  const placeholder = before === 'hosts/' ? '{sessionId}' : '{name}';
  return { name: `${method} ${before}${placeholder}${after}`, part: decodeURIComponent(part) };
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const given = query.get(name);
  if (given === null) return fallback;
  if (!/^\d{1,6}$/.test(given)) throw new InvalidInput([`${name} must be a whole number, not "${given}"`]);
  return Number(given);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}
