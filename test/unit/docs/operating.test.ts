import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { toRow } from '../../../lib/ledger/sessions/sessionRow.ts';
import { ALLOCATED, opening } from '../../support/historyRows.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { ANSWER, CLAIMED } from '../../support/sessions.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');

/** The names in the first column of the table below a heading, sorted. */
function listed(heading: string): string[] {
  const [, section = ''] = page.split(`\n### ${heading}\n`);
  const rows = (section.split('\n#')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return rows
    .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    .sort();
}

const program = ts.createProgram(
  ['lib/events.ts', 'lib/ledger/quota/quotaLedger.ts'].map((file) => join(ROOT, file)),
  {
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    ...{ allowImportingTsExtensions: true, noEmit: true, strict: true, types: [], lib: ['lib.es2024.d.ts'] },
  },
);
const checker = program.getTypeChecker();

function declared(file: string, name: string): ts.Type {
  let found: ts.Type | undefined;
  program.getSourceFile(join(ROOT, file))?.forEachChild((node) => {
    if ((ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) && node.name.text === name) {
      found = checker.getTypeAtLocation(node.name);
    }
  });
  if (found === undefined) throw new Error(`${file} declares no ${name}`);
  return found;
}

const isColumn = (name: string): boolean => !/^(partition|row)Key$/.test(name);

const namesOf = (type: ts.Type): string[] =>
  checker
    .getPropertiesOfType(type)
    .map(({ name }) => name)
    .sort();

const events = (() => {
  const union = declared('lib/events.ts', 'BrokerEvent');
  if (!union.isUnion()) throw new Error('BrokerEvent is a union');
  return union.types.map((type): [string, string[]] => {
    const event = type.getProperty('event');
    const literal = event && checker.getTypeOfSymbol(event);
    if (literal?.isStringLiteral() !== true) throw new Error('an event has no name');
    return [literal.value, namesOf(type).filter((name) => name !== 'event')];
  });
})();

describe('docs/operating.md', () => {
  it('reads more than one event of the types', () => {
    expect(events.map(([name]) => name)).toContain('allocation.attempt');
    expect(events.length).toBeGreaterThan(8);
  });

  it.each(events)('lists the fields of %s', (name, fields) => {
    expect(listed(name)).toEqual(fields);
  });

  it('lists the columns of the history', async () => {
    const table = new MemoryTable(() => 0);
    const before = opening('2026-11-22T08:00:00.000Z', 1);
    const opened = opening('2026-11-22T08:15:30.000Z', 2, { previous: before.key });
    await (await new TableHistory(table).open(opened)).close({ ...ALLOCATED, reason: 'why' });
    const stored = await table.read(opened.key.partitionKey, opened.key.rowKey);
    const columns = Object.keys(stored?.row ?? {}).filter(isColumn);
    // The sweep's own column.
    expect(listed('brokerhistory')).toEqual([...columns, 'closedBy'].sort());
  });

  it('lists the columns of the sessions', () => {
    const times = { clock: new VirtualClock(), leaseMs: 11_000, sessionTtlMs: 3_600_000 };
    const rows = [CLAIMED, { ...CLAIMED, ...ANSWER, state: 'allocated' as const }].map((session) =>
      toRow(session, times),
    );
    const columns = new Set(rows.flatMap((row) => Object.keys(row)));
    expect(listed('brokersessions')).toEqual([...columns].filter(isColumn).sort());
  });

  it('lists the columns of the quotas', () => {
    expect(listed('brokerquotas')).toEqual(
      namesOf(declared('lib/ledger/quota/quotaLedger.ts', 'QuotaRow')).filter(isColumn),
    );
  });

  it('links to headings that exist', () => {
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  });
});
