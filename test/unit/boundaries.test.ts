import { execFile } from 'node:child_process';
import { type DisposableTempDir, mkdirSync, readdirSync, appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = join(import.meta.dirname, '../..');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

/** Each import that must fail, by the rule that it breaks; type imports count. */
const FORBIDDEN = [
  ['not for functions', 'functions/allocations.ts', `import '../lib/fleets/playFab/playFabFleet.ts'`],
  ['not for lib/composition', 'lib/composition.ts', `import '../local/stack.ts'`],
  ['not for lib/readiness', 'lib/readiness.ts', `import './config/settings.ts'`],
  ['not for lib/stock', 'lib/stock.ts', `import './fleets/playFab/playFabFleet.ts'`],
  ['not for lib/broker', 'lib/broker/pauses.ts', `import '../fleets/playFab/playFabFleet.ts'`],
  [
    'not for lib/broker',
    'lib/broker/pauses.ts',
    `import type { A } from '../ledger/sessions/tableLedger.ts'`,
  ],
  ['not for lib/broker', 'lib/broker.ts', `import type { A } from './config/settings.ts'`],
  ['not for lib/config', 'lib/config/load.ts', `import '../composition.ts'`],
  ['not for lib/auth', 'lib/auth/authenticator.ts', `import type { A } from '../config/settings.ts'`],
  ['not for lib/events', 'lib/events.ts', `import './broker.ts'`],
  ['not for lib/insights', 'lib/insights/figures.ts', `import '../config/settings.ts'`],
  ['not for lib/contract', 'lib/contract/render.ts', `import '../config/settings.ts'`],
  ['not for lib/fleets', 'lib/fleets/fleet.ts', `import '../contract/problem.ts'`],
  ['not for lib/ledger', 'lib/ledger/quota/quotaLedger.ts', `import '../../contract/problem.ts'`],
  ['not for lib/identity', 'lib/identity/remembered.ts', `import '../fleets/fleet.ts'`],
  ['not for lib/placement', 'lib/placement/placement.ts', `import '../contract/request.ts'`],
  ['not for lib/schema', 'lib/schema/explain.ts', `import '../contract/problem.ts'`],
  ['not for lib/(clock|guid|http|inParallel|once|text|traceparent)', 'lib/clock.ts', `import './events.ts'`],
  ['not for ops', 'ops/main.ts', `import type { A } from '../lib/ledger/reading/historyEntry.ts'`],
  ['not for clients', 'clients/typescript/src/index.ts', `import '../../../lib/contract/problem.ts'`],
  ['not for local', 'local/start.ts', `import '../lib/composition.ts'`],
  ['not for local', 'local/start.ts', `await import('../test/support/until.ts')`],
  ['not for scripts', 'scripts/build.ts', `import '../bench/main.ts'`],
  ['lib file without a room', 'lib/newRoom/file.ts', `import '../clock.ts'`],
  ['another fleet driver', 'lib/fleets/playFab/answer.ts', `import '../sessionHosts/answer.ts'`],
  ['another fleet driver', 'lib/fleets/hostAnswer.ts', `import './sessionHosts/answer.ts'`],
  [
    'table driver for lib/composition.ts alone',
    'lib/ledger/upkeep/prune.ts',
    `import '../tables/azureTable.ts'`,
  ],
  ['Functions runtime in lib', 'lib/contract/request.ts', `import type { A } from '@azure/functions'`],
  ['not for a browser', 'lib/placement/names.ts', `import 'node:crypto'`],
  ['not for a browser', 'ops/api.ts', `import '@azure/functions'`],
  [
    'type of the ledger, not its code',
    'lib/insights/attempt.ts',
    `import '../ledger/reading/historyEntry.ts'`,
  ],
  ['circle of files', 'lib/auth/bearer.ts', `import './ticket.ts'`],
  ['circle of files', 'lib/auth/ticket.ts', `import './bearer.ts'`],
  ['circle of folders', 'lib/ledger/reading/historyQuery.ts', `import '../upkeep/sweep.ts'`],
  ['circle of folders', 'lib/ledger/upkeep/watermark.ts', `import '../reading/historyPosition.ts'`],
] as const;

const ALLOWED = [
  ['lib/broker/ask.ts', `import type { A } from '../fleets/fleet.ts'`],
  ['lib/fleets/sessionHosts/request.ts', `import '../http/jsonCall.ts'`],
  ['lib/ledger/reading/historyEntry.ts', `import type { A } from '../../contract/attempt.ts'`],
  ['test/unit/anything.test.ts', `import '../../lib/ledger/tables/azureTable.ts'`],
  ['ops/charts/plot.ts', `import 'uplot'`],
] as const;

interface Cruise {
  readonly violations: readonly { rule: { name: string }; from: string; to: string }[];
  readonly ruleSetUsed: {
    readonly forbidden: readonly {
      readonly name: string;
      readonly from: { readonly path?: string };
      readonly to: { readonly pathNot?: string | readonly string[] };
    }[];
  };
}

let tree: DisposableTempDir;
let cruise: Cruise;

beforeAll(async () => {
  tree = temporaryFolder();
  for (const name of ['@azure/functions', 'uplot']) {
    append(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    append(`node_modules/${name}/index.js`, '');
  }
  for (const [file, statement] of [...FORBIDDEN.map(([, ...rest]) => rest), ...ALLOWED]) {
    append(file, `${statement};\n`);
    if (statement.includes(`'.`)) append(imported(file, statement), 'export {};\n');
  }
  const options = ['--config', join(ROOT, '.dependency-cruiser.js'), '--output-type', 'json'];
  const folders = readdirSync(tree.path).filter((name) => name !== 'node_modules');
  const command = [CRUISER, ...options, ...folders];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: tree.path });
  cruise = (JSON.parse(stdout) as { summary: Cruise }).summary;
});

afterAll(() => tree.remove());

function append(file: string, text: string): void {
  mkdirSync(dirname(join(tree.path, file)), { recursive: true });
  appendFileSync(join(tree.path, file), text);
}

/** The path of the file that is imported; a package or a module of Node by its name. */
function imported(file: string, statement: string): string {
  const name = statement.split(`'`)[1] ?? '';
  return name.startsWith('.') ? join(dirname(file), name) : name.replace('node:', '');
}

/** The cruiser reports a circle once, from any of its members, and folders by their own path. */
function rulesBrokenBy(file: string, statement: string): readonly string[] {
  const target = imported(file, statement);
  const ends = [file, target, dirname(file), dirname(target)];
  return cruise.violations
    .filter(({ from, to, rule }) =>
      rule.name.startsWith('circle')
        ? ends.includes(from) && ends.includes(to)
        : from === file && to.includes(target),
    )
    .map(({ rule }) => rule.name);
}

test.each(FORBIDDEN)('%s: %s may not %s', (rule, file, statement) => {
  expect(rulesBrokenBy(file, statement)).toContain(rule);
});

test.each(ALLOWED)('%s may %s', (file, statement) => {
  expect(rulesBrokenBy(file, statement)).toEqual([]);
});

test('every rule is broken by an import above', () => {
  const rules = cruise.ruleSetUsed.forbidden.map(({ name }) => name);
  expect(rules).toEqual([...new Set<string>(FORBIDDEN.map(([rule]) => rule))]);
});

test('no rule names a file that does not exist', () => {
  const files = ['functions', 'lib', 'ops', 'clients', 'local', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const named = cruise.ruleSetUsed.forbidden.flatMap(({ from, to }) =>
    [from.path ?? '', to.pathNot ?? ''].flat(),
  );
  const paths = named.filter((path) => path.startsWith('^') && !path.includes('$1'));
  expect(paths.filter((path) => !files.some((file) => new RegExp(path).test(file)))).toEqual([]);
});
