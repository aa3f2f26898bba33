/** Every query that operators are given, read by the language's own service, against the tables and the events. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENTS } from '../../support/brokerEvents.ts';
import { type Analysis, analyse } from '../../support/kusto/kusto.ts';
import { at, deployment, ofType, single } from './deployment.ts';

const ROOT = join(__dirname, '../../..');
const fields = new Map(EVENTS);

interface Query {
  readonly from: string;
  readonly text: string;
}

function ofDocs(): readonly Query[] {
  return globSync('{README,docs/**/*}.md', { cwd: ROOT }).flatMap((file) => {
    const page = readFileSync(join(ROOT, file), 'utf8');
    const blocks = [...page.matchAll(/^ *```kusto\n([\s\S]*?)^ *```/gm)].map(([, text = '']) => text);
    const inline = [...page.matchAll(/`((?:traces|requests|Usage|_LogOperation) \|[^`]+)`/g)].map(
      ([, text = '']) => text,
    );
    return [...blocks, ...inline].map((text, index) => ({ from: `${file}, query ${index + 1}`, text }));
  });
}

/** With every alert that there can be. */
function ofAlerts(): readonly Query[] {
  return ofType(deployment('overflow'), 'Microsoft.Insights/scheduledQueryRules').map((rule) => {
    const [criterion] = at(rule, 'criteria.allOf') as { query: string }[];
    return { from: `alert ${rule.name}`, text: criterion?.query ?? '' };
  });
}

function ofWorkbook(): readonly Query[] {
  const text = String(at(single(deployment('default'), 'Microsoft.Insights/workbooks'), 'serializedData'));
  const { items } = JSON.parse(text) as { items: { name: string; content: { query?: string } }[] };
  return items.flatMap(({ name, content: { query } }) =>
    // The workbook fills its parameters in.
    query === undefined ? [] : [{ from: `chart ${name}`, text: query.replaceAll('{TimeRange:grain}', '5m') }],
  );
}

const queries = [...ofDocs(), ...ofAlerts(), ...ofWorkbook()];
let analyses: readonly Analysis[];

beforeAll(() => {
  analyses = analyse(queries.map(({ text }) => text));
});

const numbered = queries.map((query, index) => [query.from, index, query.text] as const);

it('finds them all', () => {
  const count = (kind: string): number => queries.filter(({ from }) => from.startsWith(kind)).length;
  expect([count('docs/operating.md'), count('docs/fleets.md'), count('alert'), count('chart')]).toEqual([
    13, 1, 12, 12,
  ]);
});

it.each(numbered)('%s is a query, of tables, columns and functions that exist', (_from, index) => {
  expect(analyses[index]?.mistakes).toEqual([]);
});

it.each(numbered)('%s reads only what the events that it names have', (_from, index, text) => {
  const named = [...text.matchAll(/\be\.event\)? (?:==|in) \(?((?:"[^"]+"(?:, )?)+)/g)].flatMap(
    ([, list = '']) => [...list.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
  );
  expect(named.filter((name) => !fields.has(name))).toEqual([]);
  const known = new Set(['event', ...named.flatMap((name) => fields.get(name) ?? [])]);
  expect(analyses[index]?.members.filter((member) => !known.has(member))).toEqual([]);
});

it('would notice a mistake', () => {
  const [typo, column, member] = analyse([
    'traces | summarise count()',
    'traces | where timestmp > ago(1h)',
    'traces | extend e = parse_json(message) | where tostring(e.outcom) == "x"',
  ]);
  expect(typo?.mistakes).toContain('Query operator expected.');
  expect(column?.mistakes).toEqual([
    "The name 'timestmp' does not refer to any known column, table, variable or function.",
  ]);
  expect(member).toEqual({ mistakes: [], members: ['outcom'] });
});
