import { app, type HttpResponseInit } from '@azure/functions';
import { SettingsError } from '../lib/config/load.ts';
import { Problem } from '../lib/contract/problem.ts';
import { COMMON_HEADERS } from '../lib/contract/render.ts';
import type { EventSink } from '../lib/events.ts';
import { type Readiness, checkReadiness } from '../lib/readiness.ts';
import { getApp, isStopping } from './app.ts';
import { answering, READ_METHODS } from './respond.ts';

/** Probes come often and from several sides; each look costs storage transactions. */
const REMEMBERED_MS = 10_000;

const STOPPING: Readiness = {
  ready: false,
  checks: [{ name: 'instance', ok: false, message: 'It is stopping: others take its sessions over.' }],
};

let last: { readonly readiness: Promise<Readiness>; readonly atMs: number } | undefined;

app.http('ready', {
  methods: READ_METHODS,
  route: 'ready',
  authLevel: 'function',
  handler: answering(async (_request, _context, emit) => {
    const nowMs = performance.now();
    if (isStopping()) return render(STOPPING);
    if (last === undefined || nowMs - last.atMs >= REMEMBERED_MS) {
      last = { readiness: readiness(emit), atMs: nowMs };
    }
    return render(await last.readiness);
  }),
});

function render({ ready, checks }: Readiness): HttpResponseInit {
  return {
    status: ready ? 200 : 503,
    headers: COMMON_HEADERS,
    jsonBody: { status: ready ? 'ready' : 'not-ready', checks },
  };
}

async function readiness(emit: EventSink): Promise<Readiness> {
  try {
    return await checkReadiness(await getApp(emit));
  } catch (error) {
    const cause = error instanceof Problem ? error.cause : undefined;
    if (!(cause instanceof SettingsError)) throw error;
    return { ready: false, checks: [{ name: 'settings', ok: false, message: cause.message }] };
  }
}
