/** `npm run clients:conformance`: each client by each case. README.md says how any client can take part. */
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { startBeacons } from './beacons.ts';
import { loadCases, type Case } from './case.ts';
import { clientOf, prepare, ROOT, type Client } from './clients.ts';
import { runCase, type Verdict } from './run.ts';

interface Flags {
  readonly client: readonly string[];
  readonly case: readonly string[];
  readonly jobs: number;
  readonly json: boolean;
}

const list = (value: string, earlier: readonly string[]): string[] => [...earlier, value];

function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It should be a whole number above 0.');
  return Number(value);
}

const program = new Command('clients:conformance')
  .description('Shows whether clients of the broker keep to the retry rule (clients/conformance/README.md).')
  .option(
    '--client <name or command>',
    'typescript, csharp, … or a command that starts a driver; repeatable',
    list,
    [],
  )
  .option('--case <pattern>', 'only these cases, such as redirect*; repeatable', list, [])
  .option('--jobs <count>', 'how many cases run at once', count, 8)
  .option('--json', 'prints the verdicts as JSON', false)
  .parse();
const flags = program.opts<Flags>();

const cases = loadCases(flags.case);
if (cases.length === 0) program.error(`No case is named ${flags.case.join(', ')}.`);
const clients = readyClients(flags.client.length === 0 ? ['typescript'] : flags.client);

const verdicts = await runAll();
const failed = [...verdicts.values()].filter(
  ({ verdict }) => 'broken' in verdict && verdict.broken.length > 0,
);
if (flags.json) console.log(JSON.stringify([...verdicts.values()], undefined, 2));
else printTable();
process.exitCode = failed.length === 0 ? 0 : 1;

function readyClients(names: readonly string[]): Client[] {
  try {
    const found = names.map(clientOf);
    found.forEach(prepare);
    return found;
  } catch (error) {
    return program.error(error instanceof Error ? error.message : String(error));
  }
}

interface Result {
  readonly client: string;
  readonly case: string;
  readonly verdict: Verdict;
}

async function runAll(): Promise<Map<string, Result>> {
  const beacons = await startBeacons();
  const results = new Map<string, Result>();
  const todo = clients.flatMap((client) => cases.map((scene) => ({ client, scene })));
  const total = todo.length;
  const progress = setInterval(() => console.error(`${results.size} of ${total} cases ended`), 5_000);
  const work = async (): Promise<void> => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const { client, scene } = next;
      const setting = { command: client.command, cwd: ROOT, beacons };
      const verdict = await runCase(scene, setting);
      results.set(key(client, scene), { client: client.name, case: scene.name, verdict });
    }
  };
  await Promise.all(Array.from({ length: flags.jobs }, work));
  clearInterval(progress);
  beacons.close();
  return results;
}

function key(client: Client, scene: Case): string {
  return `${client.name}\n${scene.name}`;
}

function printTable(): void {
  const table = new Table({
    head: ['case', ...clients.map(({ name }) => name)],
    style: { head: [], border: [], compact: true },
  });
  for (const scene of cases) {
    table.push([scene.name, ...clients.map((client) => mark(verdicts.get(key(client, scene))?.verdict))]);
  }
  console.log(table.toString());
  for (const { client, case: name, verdict } of failed) {
    if ('broken' in verdict) console.log(`${client}, ${name}:\n  ${verdict.broken.join('\n  ')}`);
  }
  const passed = [...verdicts.values()].filter(({ verdict }) => 'broken' in verdict).length - failed.length;
  console.log(`${passed} passed, ${failed.length} failed`);
}

function mark(verdict: Verdict | undefined): string {
  if (verdict === undefined) return '';
  if ('leftOut' in verdict) return '–';
  return verdict.broken.length === 0 ? 'passed' : 'FAILED';
}
