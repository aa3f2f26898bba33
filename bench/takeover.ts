/**
 * Measures how long the next caller waits when the process that asks the fleet for its session ends, with a fleet call
 * that never answers: from the signal until the caller has the host. The process ends as soon as the fleet has its
 * call, when its lease is longest.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import pc from 'picocolors';
import { inParallel } from '../lib/inParallel.ts';
import type { SpawnedHost } from '../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { wholeNumber } from '../local/flags.ts';
import { median } from './support/median.ts';

interface Scenario {
  readonly end: 'SIGKILL' | 'SIGTERM';
  /** `waits`: it asked another broker before the end came. `comes`: it asks afterwards. */
  readonly caller: 'waits' | 'comes';
  /** What the next caller's wait may be, in milliseconds; without a median the worst alone counts. */
  readonly limit: { readonly median?: number; readonly worst: number };
}

const KILLED = { median: 3_500, worst: 4_500 };
const STOPPED = { worst: 2_000 };

const SCENARIOS: readonly Scenario[] = [
  { end: 'SIGKILL', caller: 'waits', limit: KILLED },
  { end: 'SIGKILL', caller: 'comes', limit: KILLED },
  { end: 'SIGTERM', caller: 'waits', limit: STOPPED },
  { end: 'SIGTERM', caller: 'comes', limit: STOPPED },
];

interface Result extends Scenario {
  readonly timeoutMs: number;
  readonly rounds: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly reached: boolean;
}

const flags = new Command('takeover')
  .description(
    'Measures the time from the end of a broker to the next caller’s host. Exit code 1 above the bounds.',
  )
  .option('--rounds <count>', 'ends for each time-out, signal and caller', wholeNumber(1), 20)
  .option('--at-once <count>', 'how many of them at once', wholeNumber(1), 4)
  .option('--timeouts <ms...>', 'values of BROKER_FLEET_TIMEOUT_MS, in milliseconds', ['8000', '2000'])
  .option('--json', 'print one JSON object')
  .parse()
  .opts<{ rounds: number; atOnce: number; timeouts: string[]; json?: true }>();

const results: Result[] = [];
for (const timeout of flags.timeouts) results.push(...(await measure(wholeNumber(1)(timeout))));
if (flags.json === true) console.log(JSON.stringify({ takeover: results }));
else for (const result of results) console.log(sentence(result));
if (results.some(({ reached }) => !reached)) process.exitCode = 1;

async function measure(timeoutMs: number): Promise<Result[]> {
  const stack = await startStack({ settings: { BROKER_FLEET_TIMEOUT_MS: String(timeoutMs) } });
  try {
    const survivor = await stack.startBroker();
    await allocate(survivor, randomUUID());
    const measured: Result[] = [];
    for (const scenario of SCENARIOS) {
      const { end, caller, limit } = scenario;
      process.stderr.write(pc.dim(`time-out ${timeoutMs} ms, ${end}, the next caller ${caller}\n`));
      const times = await rounds(stack, survivor, scenario);
      const [medianMs, worstMs] = [Math.round(median(times)), Math.round(Math.max(...times))];
      const reached = medianMs <= (limit.median ?? limit.worst) && worstMs <= limit.worst;
      measured.push({ ...scenario, timeoutMs, rounds: times.length, medianMs, worstMs, reached });
    }
    return measured;
  } finally {
    await stack.stop();
  }
}

/** A few at once: the start of a process takes as much of a processor as the take-over of many sessions. */
async function rounds(stack: Stack, survivor: SpawnedHost, scenario: Scenario): Promise<number[]> {
  const sessions = Array.from({ length: flags.rounds }, () => randomUUID());
  // The first call of each session hangs until its sender goes away; the next caller's is answered.
  await stack.fleet.control.faults.set(
    ...sessions.map((sessionId) => ({ match: { sessionId }, action: { type: 'hang' }, times: 1 }) as const),
  );
  const times: number[] = [];
  await inParallel(sessions, flags.atOnce, async (sessionId) => {
    times.push(await endAndAsk(stack, survivor, sessionId, scenario));
  });
  return times;
}

async function endAndAsk(
  stack: Stack,
  survivor: SpawnedHost,
  sessionId: string,
  { end, caller }: Scenario,
): Promise<number> {
  const doomed = await stack.startBroker();
  await allocate(doomed, randomUUID());
  const left = allocate(doomed, sessionId).catch(() => undefined);
  while (!(await hangs(stack, sessionId))) await delay(5);
  const waits = caller === 'waits' ? untilHost(survivor, sessionId) : undefined;
  const gone = once(doomed.child, 'exit');
  const endedAtMs = performance.now();
  doomed.child.kill(end);
  // Whoever comes after a kill finds the process gone; an orderly end takes its time.
  if (end === 'SIGKILL') await gone;
  const hasHostAtMs = await (waits ?? untilHost(survivor, sessionId));
  await Promise.all([left, gone]);
  return hasHostAtMs - endedAtMs;
}

async function hangs({ fleet }: Stack, sessionId: string): Promise<boolean> {
  const rules = await fleet.control.faults.list();
  return rules.some(({ match, hits }) => match?.sessionId === sessionId && hits === 1);
}

/** As a client does: repeats the request while the allocation is pending. */
async function untilHost(broker: SpawnedHost, sessionId: string): Promise<number> {
  for (;;) {
    const status = await allocate(broker, sessionId);
    if (status === 200 || status === 201) return performance.now();
    if (status !== 202) throw new Error(`the next caller got ${status}`);
  }
}

async function allocate({ url }: SpawnedHost, sessionId: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/allocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=20' },
    body: JSON.stringify({ sessionId, gameMode: 'duel' }),
  });
  await response.arrayBuffer();
  return response.status;
}

function sentence({
  timeoutMs,
  end,
  caller,
  rounds: count,
  medianMs,
  worstMs,
  limit,
  reached,
}: Result): string {
  const bound =
    limit.median === undefined
      ? `at most ${limit.worst} ms`
      : `at most ${limit.median} ms (median), ${limit.worst} ms (worst)`;
  return (
    `BROKER_FLEET_TIMEOUT_MS ${timeoutMs}: from ${end} to the host of a caller that ${caller} ${medianMs} ms ` +
    `(median of ${count}), ${worstMs} ms (worst); ${bound}: ${reached ? pc.green('reached') : pc.red('missed')}`
  );
}
