import { SettingsError } from '../lib/config/load.ts';
import { Problem } from '../lib/contract/problem.ts';
import type { EventSink } from '../lib/events.ts';
import { type Readiness, checkReadiness } from '../lib/readiness.ts';
import { getApp, isStopping } from './app.ts';

/** Probes come often and from several sides; each look costs storage transactions. */
const REMEMBERED_MS = 10_000;

const STOPPING: Readiness = {
  ready: false,
  checks: [{ name: 'instance', ok: false, message: 'It is stopping: others take its sessions over.' }],
};

let last: { readonly readiness: Promise<Readiness>; readonly atMs: number } | undefined;

/** Whether this instance can work, as it was in the last 10 seconds. */
export function rememberedReadiness(emit: EventSink): Promise<Readiness> {
  const nowMs = performance.now();
  if (isStopping()) return Promise.resolve(STOPPING);
  if (last === undefined || nowMs - last.atMs >= REMEMBERED_MS) {
    last = { readiness: readiness(emit), atMs: nowMs };
  }
  return last.readiness;
}

/** The body of an answer that says so. */
export function readinessBody({ ready, checks }: Readiness): object {
  return { status: ready ? 'ready' : 'not-ready', checks };
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
