import { SettingsError } from '../lib/config/load.ts';
import { Problem } from '../lib/contract/problem.ts';
import type { EventSink } from '../lib/events.ts';
import { rememberedFor } from '../lib/once.ts';
import { type Readiness, checkReadiness } from '../lib/readiness.ts';
import { getApp, isStopping } from './app.ts';

/** Probes come often and from several sides; each look costs storage transactions. */
const REMEMBERED_MS = 10_000;

const STOPPING: Readiness = {
  ready: false,
  checks: [{ name: 'instance', ok: false, message: 'It is stopping: others take its sessions over.' }],
};

const lately = rememberedFor(REMEMBERED_MS, () => performance.now(), readiness);

/** Whether this instance can work, as it was in the last 10 seconds. */
export function rememberedReadiness(emit: EventSink): Promise<Readiness> {
  return isStopping() ? Promise.resolve(STOPPING) : lately(emit);
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
