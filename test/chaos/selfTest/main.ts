import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import { compileSchemas } from '../../../scripts/bundle.ts';
import { type BuiltApp, buildApp } from '../harness/app.ts';
import { Evidence, type Records } from '../harness/evidence.ts';
import { Lab } from '../harness/lab.ts';
import { traceOf } from '../trace.ts';
import { type InvariantResult, judgeInvariants } from '../verdict.ts';
import { BREAKAGES } from './breakages.ts';
import { type Breakage, breaking } from './breaking.ts';
import { newSession, type Scenario } from './steps.ts';

interface Judged {
  readonly failed: readonly InvariantResult[];
  readonly trace: readonly string[];
}

interface Row {
  readonly breakage: Breakage;
  readonly sound: Judged;
  readonly broken: Judged;
}

const command = new Command('chaos:self-test')
  .description(
    `Breaks the broker on purpose in ${BREAKAGES.length} ways and shows that each is caught, and by which check; the ` +
      'broker as it is passes the same scenarios. Exits with 1 if a breakage goes unnoticed.',
  )
  .option('--traces', 'print what happened in each broken run')
  .showHelpAfterError();

/** As many at a time as the smallest build machine has cores. */
const AT_A_TIME = 2;

/** On a busy machine a broken broker may be too slow to do what it must not do in the time that a lease leaves it. */
const TRIES = 3;

async function main(): Promise<void> {
  const { traces } = command.parse().opts<{ traces?: true }>();
  compileSchemas();
  const sound = await buildApp();
  const rows: Row[] = [];
  const left = [...BREAKAGES];
  const work = async (): Promise<void> => {
    for (let breakage = left.shift(); breakage !== undefined; breakage = left.shift()) {
      rows.push(await tryOut(breakage, sound));
      process.stderr.write(`${rows.length}/${BREAKAGES.length}  ${breakage.name}\n`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  } finally {
    sound.remove();
  }
  const inOrder = rows.toSorted((a, b) => BREAKAGES.indexOf(a.breakage) - BREAKAGES.indexOf(b.breakage));
  printTable(inOrder);
  // What went wrong comes last, where it is looked for.
  for (const row of inOrder.toSorted((a, b) => Number(isCaught(b)) - Number(isCaught(a)))) {
    printDetails(row, traces === true || !isCaught(row));
  }
  process.exit(rows.every(isCaught) ? 0 : 1);
}

async function tryOut(breakage: Breakage, sound: BuiltApp): Promise<Row> {
  const { plugin, assertApplied } = breaking(breakage);
  const broken = await buildApp({ plugins: [plugin] });
  try {
    assertApplied();
    const row = { breakage, sound: await play(breakage.scenario, sound) };
    let judged = await play(breakage.scenario, broken);
    for (let tries = 1; tries < TRIES && !isNoticed(breakage, judged); tries += 1) {
      judged = await play(breakage.scenario, broken);
    }
    return { ...row, broken: judged };
  } finally {
    broken.remove();
  }
}

async function play({ timeoutMs, lab: options, run, thenSweep }: Scenario, app: BuiltApp): Promise<Judged> {
  // Active at once: what a scenario waits for is never the fleet.
  const fleet = { activationMs: 0 };
  const lab = await Lab.open({ app: app.folder, fleetTimeoutMs: timeoutMs, fleet, ...options });
  try {
    const session = newSession();
    await run(lab, session);
    const sweep = thenSweep === true ? await sweepLater(lab) : undefined;
    const evidence = new Evidence(await lab.records([session.sessionId], sweep));
    const failed = judgeInvariants(evidence).filter(({ result }) => result === 'fail');
    return { failed, trace: traceOf(evidence, session.sessionId) };
  } finally {
    await lab.close();
  }
}

async function sweepLater(lab: Lab): Promise<Records['sweep']> {
  const [broker] = lab.live;
  if (broker === undefined) throw new Error('no broker is left to sweep');
  lab.letCallsEnd();
  return lab.sweep(broker);
}

/** By the check that is there for it, which the broker as it is passes. */
function isCaught({ breakage, sound, broken }: Row): boolean {
  return sound.failed.length === 0 && isNoticed(breakage, broken);
}

function isNoticed({ caughtBy }: Breakage, { failed }: Judged): boolean {
  return failed.some(({ name }) => name === caughtBy);
}

function printTable(rows: readonly Row[]): void {
  const head = ['broken on purpose', 'caught by', 'not broken'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) {
    const caught = namesOf(row.broken);
    table.push([
      row.breakage.name,
      isCaught(row) ? pc.green(caught) : pc.red(`${caught || 'nothing'}; expected ${row.breakage.caughtBy}`),
      row.sound.failed.length === 0 ? pc.green('passes') : pc.red(`fails ${namesOf(row.sound)}`),
    ]);
  }
  console.log(table.toString());
}

function printDetails({ breakage: { name }, broken, sound }: Row, traces: boolean): void {
  printRun(name, broken, traces);
  if (sound.failed.length > 0) printRun(`${name}, but not broken`, sound, true);
}

function printRun(name: string, { failed, trace }: Judged, traces: boolean): void {
  if (traces) console.log(trace.join('\n'));
  const [example] = failed.flatMap(({ examples }) => examples);
  console.log(`${pc.bold(name)}: ${example?.message ?? 'nothing was noticed'}`);
}

function namesOf({ failed }: Judged): string {
  return failed.map(({ name }) => name).join(', ');
}

await main();
