import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { loadApp } from './app.ts';
import { originsOf, readHostJson, readLocalSettings, type LocalSettings } from './configuration.ts';
import { createHttpServer } from './connections.ts';
import { StartError } from './errors.ts';
import { describeFunction, hostedFunctions, isHttp, routeOf, type HostedFunction } from './functions.ts';
import { createInvoker, type Invoker } from './invoke.ts';
import { NO_KEYS, readKeys } from './keys.ts';
import { createFilter, type Log } from './logging.ts';
import { createRouter } from './router.ts';
import { createRequestListener } from './server.ts';
import { startTimers } from './timers.ts';

export interface HostOptions {
  readonly app: string;
  readonly host: string;
  /** 0 for a free one; undefined for the settings file's, or 7071. */
  readonly port: number | undefined;
  /** Path of a key file; without one no key is asked for. */
  readonly keys: string | undefined;
  /** Path of a local.settings.json. */
  readonly settings: string | undefined;
  /** Origins separated by commas, instead of the settings file's; "*" for every one. */
  readonly cors?: string | undefined;
}

export interface Host {
  readonly port: number;
  /**
   * Accepts no more, runs the app's terminate hooks, and lets running invocations end beside them, for at most `graceMs`.
   *
   * @throws what a terminate hook threw
   */
  stop(graceMs: number): Promise<void>;
}

/** Core Tools' port. */
const DEFAULT_PORT = 7071;

/** So many connections may wait to be accepted. */
const BACKLOG = 1_024;

/** So many turns of the event loop without a new connection say that none waits, and that the last one was read. */
const QUIET_TURNS = 3;

/** Starts everything; throws a StartError when something outside the app's code is wrong. */
export async function startHost(options: HostOptions, log: Log): Promise<Host> {
  const app = resolve(options.app);
  const hostJson = readHostJson(app);
  const settings = options.settings === undefined ? undefined : readLocalSettings(options.settings);
  const keys = options.keys === undefined ? NO_KEYS : readKeys(options.keys);
  applyValues(settings);

  const { core, startError } = await loadApp(app, log);
  const invoker = createInvoker(core, log, createFilter(hostJson.logLevels));
  const functions = startError === undefined ? hostedFunctions(core) : [];
  const routed = functions.filter((fn) => isHttp(fn) && !fn.disabled);
  const router = createRouter(hostJson.routePrefix, routed.map(routeOf));

  const server = await listen(options.host, options.port ?? settings?.port ?? DEFAULT_PORT);
  const timers = startTimers(functions, invoker, log);
  const cors =
    options.cors === undefined ? settings?.cors : { origins: originsOf(options.cors), credentials: false };
  const listener = createRequestListener({ functions, keys, timers, startError, router, invoker, cors, log });
  server.on('request', listener);
  const { port } = server.address() as AddressInfo;
  announce(functions, `http://${options.host}:${port}`, hostJson.routePrefix, log);
  return {
    port,
    stop: async (graceMs) => {
      timers.stop();
      // The app hears of it while its requests are still running.
      const terminated = core.hooks.terminate();
      // Awaited below: one that fails meanwhile must not end the process under what is still running.
      terminated.catch(() => undefined);
      if (!(await drain(server, invoker, graceMs))) {
        log({ level: 'warning', message: `stopped after ${graceMs / 1000} s with requests still running` });
      }
      await Promise.race([terminated, delay(graceMs)]);
    },
  };
}

function announce(functions: readonly HostedFunction[], url: string, routePrefix: string, log: Log): void {
  log({ level: 'information', message: `Functions host listening on ${url}` });
  for (const fn of functions) log({ level: 'information', message: describeFunction(fn, url, routePrefix) });
}

/** Accepts no more connections and lets running invocations answer, but not for ever: false when some had not. */
async function drain(server: Server, invoker: Invoker, graceMs: number): Promise<boolean> {
  const closed = once(server, 'close');
  await takeInWhatWaits(server);
  server.close();
  const ended = Promise.all([invoker.idle(), closed]).then(() => true);
  const inTime = await Promise.race([ended, delay(graceMs, false)]);
  server.closeAllConnections();
  return inTime;
}

/**
 * Closing the server breaks off each connection whose request it has not read yet, and those that it has not accepted: a
 * busy process has such. Each turn of the event loop accepts one connection (measured with libuv 1.52), and reads what
 * the others have sent.
 */
async function takeInWhatWaits(server: Server): Promise<void> {
  let quietTurns = 0;
  const onConnection = (): void => void (quietTurns = 0);
  server.on('connection', onConnection);
  for (let turns = 0; turns < BACKLOG && quietTurns < QUIET_TURNS; turns += 1) {
    quietTurns += 1;
    await setImmediate();
  }
  server.off('connection', onConnection);
}

/** Like Core Tools: what the environment sets already wins. */
function applyValues(settings: LocalSettings | undefined): void {
  for (const [name, value] of Object.entries(settings?.values ?? {})) process.env[name] ??= value;
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createHttpServer();
  // Once the server is being closed, a connection must not be kept alive after its last answer.
  server.on('request', (_request, response) =>
    response.on('finish', () => {
      if (!server.listening) server.closeIdleConnections();
    }),
  );
  try {
    server.listen({ host, port, backlog: BACKLOG });
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartError(`port ${port} is taken: choose another one with --port, or 0 for a free one`);
    }
    throw new StartError(`cannot listen on ${host}:${port} (${code ?? 'unknown'})`);
  }
}
