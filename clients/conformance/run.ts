import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Beacons } from './beacons.ts';
import { startBroker, type ScriptedBroker } from './broker.ts';
import { fill, type Case, type Suspension } from './case.ts';
import { startDriver, type Driver } from './driver.ts';
import { judge } from './judge.ts';

/** A client, and the beacons of the run. */
export interface Setting {
  readonly command: string;
  readonly cwd: string;
  readonly beacons: Beacons;
}

/** What came of a case: the broken rules, or why it says nothing of this client. */
export type Verdict = { readonly broken: readonly string[] } | { readonly leftOut: string };

const BEYOND_MS = 30_000;
const SUSPEND_AFTER_MS = 200;
const LATENCIES = [
  { location: 'West US', ms: 34.5 },
  { location: 'Japan East', ms: 110 },
];

/** Runs one case with one client. */
export async function runCase(template: Case, { command, cwd, beacons }: Setting): Promise<Verdict> {
  if (template.suspend !== undefined && process.platform === 'win32') return { leftOut: 'needs SIGSTOP' };
  if (template.needs === 'ipv6' && !beacons.ipv6) return { leftOut: 'this machine has no ::1' };
  const broker = await startBroker(template.listening);
  try {
    const scene = sceneOf(template, broker, beacons.ports);
    broker.play(scene);
    const driver = startDriver(command, {
      cwd,
      env: {
        CONFORMANCE_OPERATION: scene.operation,
        CONFORMANCE_BASE_URL: broker.url,
        CONFORMANCE_FUNCTION_KEY: scene.functionKey ?? '',
        CONFORMANCE_REQUEST: JSON.stringify(scene.request),
        CONFORMANCE_DEADLINE_MS: String(scene.deadlineMs),
      },
      limitMs: scene.deadlineMs + (scene.suspend?.forMs ?? 0) + BEYOND_MS,
    });
    const suspension = scene.suspend === undefined ? undefined : suspend(driver, broker, scene.suspend);
    const ended = await driver.ended;
    const resumedMs = suspension?.resumedMs;
    const verdict = judge(scene, {
      ...ended,
      ...{ seen: broker.seen, seenElsewhere: broker.seenElsewhere },
      ...(suspension === undefined ? {} : { resumedMs: resumedMs ?? Infinity }),
    });
    return verdict === 'unsupported' ? { leftOut: 'the client has no such operation' } : { broken: verdict };
  } finally {
    await broker.close();
  }
}

function sceneOf(template: Case, broker: ScriptedBroker, ports: Readonly<Record<string, number>>): Case {
  const { name, why, ...rest } = template;
  const filled = fill(rest, { base: broker.url, elsewhere: broker.elsewhereUrl, ...ports });
  const measured = template.operation === 'join' ? {} : { latencies: LATENCIES };
  const members = { sessionId: randomUUID(), gameMode: 'duel', ...measured, ...filled.request };
  const kept = Object.entries<unknown>(members).filter(([, value]) => value !== null);
  return { ...filled, name, why, request: Object.fromEntries(kept) };
}

/** Stops the driver when the traffic has come to the point, and lets it go on after `forMs`. */
function suspend(
  driver: Driver,
  broker: ScriptedBroker,
  { afterAnswers, afterRequests, forMs }: Suspension,
): { resumedMs?: number } {
  const state: { resumedMs?: number } = {};
  const reached = new Promise<void>((resolve) => {
    broker.onTraffic = () => {
      const answered = broker.seen.filter(({ answeredMs }) => answeredMs !== undefined).length;
      if (answered >= (afterAnswers ?? Infinity) || broker.seen.length >= (afterRequests ?? Infinity))
        resolve();
    };
  });
  void reached.then(async () => {
    await sleep(SUSPEND_AFTER_MS);
    driver.suspend();
    if (afterRequests !== undefined) broker.cutConnections();
    await sleep(forMs);
    state.resumedMs = performance.now();
    driver.resume();
  });
  return state;
}
