/**
 * Measures how long the next caller waits when the process that asks the fleet for its session is killed: from SIGKILL
 * until the caller has the host. The process is killed as soon as the fleet has its call, when its lease is longest.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Command } from 'commander';
import pc from 'picocolors';
import type { SpawnedHost } from '../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { wholeNumber } from '../local/wholeNumber.ts';
import { median } from './support/median.ts';

/** What a take-over may cost besides the fleet's own time-out: the lease's margin, and two seconds for the work. */
const ALLOWED_BESIDE_MS = 5_000;

interface Result {
  readonly timeoutMs: number;
  readonly rounds: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly boundMs: number;
}

const flags = new Command('takeover')
  .description(
    'Measures the time from SIGKILL of a broker to the next caller’s host. Exit code 1 above the bound.',
  )
  .option('--rounds <count>', 'kills for each time-out, all at once', wholeNumber(1), 4)
  .option('--timeouts <ms...>', 'values of BROKER_FLEET_TIMEOUT_MS, in milliseconds', ['8000', '2000'])
  .option('--json', 'print one JSON object')
  .parse()
  .opts<{ rounds: number; timeouts: string[]; json?: true }>();

const results: Result[] = [];
for (const timeout of flags.timeouts) results.push(await measure(wholeNumber(1)(timeout), flags.rounds));
if (flags.json === true) console.log(JSON.stringify({ takeover: results }));
else for (const result of results) console.log(sentence(result));
if (results.some(({ worstMs, boundMs }) => worstMs > boundMs)) process.exitCode = 1;

async function measure(timeoutMs: number, rounds: number): Promise<Result> {
  process.stderr.write(pc.dim(`time-out ${timeoutMs} ms: ${rounds} brokers are started, then killed\n`));
  const stack = await startStack({ settings: { BROKER_FLEET_TIMEOUT_MS: String(timeoutMs) } });
  try {
    const survivor = await stack.startBroker();
    await allocate(survivor, randomUUID());
    const times = await Promise.all(Array.from({ length: rounds }, () => killAndAsk(stack, survivor)));
    return {
      timeoutMs,
      rounds,
      medianMs: Math.round(median(times)),
      worstMs: Math.round(Math.max(...times)),
      boundMs: timeoutMs + ALLOWED_BESIDE_MS,
    };
  } finally {
    await stack.stop();
  }
}

async function killAndAsk(stack: Stack, survivor: SpawnedHost): Promise<number> {
  const { control } = stack.fleet;
  const doomed = await stack.startBroker();
  const sessionId = randomUUID();
  const { holdId } = await control.hold({ match: { sessionId }, point: 'received' });
  const lost = allocate(doomed, sessionId).catch(() => undefined);
  while (!(await control.waitForParked()).some((call) => call.holdId === holdId));
  doomed.child.kill('SIGKILL');
  const killedAtMs = performance.now();
  await once(doomed.child, 'exit');
  await control.release({ holdId });
  // As a client does: repeats the request while the allocation is pending.
  for (;;) {
    const status = await allocate(survivor, sessionId);
    if (status === 201) break;
    if (status !== 202) throw new Error(`the next caller got ${status}`);
  }
  await lost;
  return performance.now() - killedAtMs;
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

function sentence({ timeoutMs, rounds, medianMs, worstMs, boundMs }: Result): string {
  const verdict = worstMs <= boundMs ? pc.green('within') : pc.red('above');
  return (
    `BROKER_FLEET_TIMEOUT_MS ${timeoutMs}: from SIGKILL to the next caller's host ${medianMs} ms ` +
    `(median of ${rounds}), ${worstMs} ms (worst); ${verdict} the bound of ${boundMs} ms`
  );
}
