import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { RequestCounter } from '../../../lib/ledger/requests/requestCounter.ts';
import { toRow } from '../../../lib/ledger/sessions/sessionRow.ts';
import { EVENTS, declared, namesOf, wordsOf } from '../../support/brokerEvents.ts';
import { ALLOCATED, opening, seedEnding } from '../../support/historyRows.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { ANSWER, CLAIMED } from '../../support/sessions.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const ROOT = join(__dirname, '../../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const page = read('docs/operating.md');

/** The names in the first column of the table below a heading, sorted. */
function listed(heading: string): string[] {
  const [, section = ''] = page.split(`\n### ${heading}\n`);
  const rows = (section.split('\n#')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return rows
    .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    .sort();
}

/** The last cell of a field's row in the table below a heading. */
function cell(heading: string, field: string): string {
  const [, section = ''] = page.split(`\n### ${heading}\n`);
  const row = (section.split('\n#')[0] ?? '').split('\n').find((line) => line.startsWith(`| \`${field}\` |`));
  return row?.split(' | ').slice(1).join(' | ') ?? '';
}

const isColumn = (name: string): boolean => !/^(partition|row)Key$/.test(name);

describe('docs/operating.md', () => {
  it('reads more than one event of the types', () => {
    expect(EVENTS.map(([name]) => name)).toContain('allocation.attempt');
    expect(EVENTS.length).toBeGreaterThan(8);
  });

  it('has a heading for each event, and for nothing that is none', () => {
    const [, section = ''] = page.split('\n## The events\n');
    const headings = [...(section.split('\n## ')[0] ?? '').matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(EVENTS.map(([name]) => name).sort());
  });

  it.each([
    ['fleet.call', 'answer', 'FleetCallAnswer'],
    ['ledger.fault', 'step', 'LedgerStep'],
    ['auth.refused', 'reason', 'TokenRefusal'],
  ])('lists each word that %s may have for its %s', (event, field, type) => {
    const words = [...cell(event, field).matchAll(/`([^`]+)`/g)].map(([, word]) => word);
    expect(words.sort()).toEqual(wordsOf(declared('lib/events.ts', type)));
  });

  it('says where to go for each outcome that a request can have', () => {
    const [, table = ''] = page.split('| what you see | what it means | go to |');
    const rows = (table.split('\n\n')[0] ?? '').split('\n').map((row) => row.split(' | ')[0] ?? '');
    const listed = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
    const outcomes = wordsOf(declared('lib/contract/outcomes.ts', 'AnsweredOutcome'));
    // Only GET answers with it, which is no event.
    const posted = outcomes.filter((outcome) => outcome !== 'unknown-session');
    expect([...new Set(listed)].sort()).toEqual([...posted, 'replayed'].sort());
  });

  it.each(EVENTS)('lists the fields of %s', (name, fields) => {
    expect(listed(name)).toEqual(fields);
  });

  it('lists the columns of the history', async () => {
    const table = new MemoryTable(() => 0);
    const before = opening('2026-11-22T08:00:00.000Z', 1);
    const gathered = { callersHeard: 4, instancesHeard: 2 };
    const opened = opening('2026-11-22T08:15:30.000Z', 2, { previous: before.key, ...gathered });
    await (
      await new TableHistory(table).open(opened)
    ).close({ ...ALLOCATED, reason: 'why', fleetsAsked: 'a b' });
    await seedEnding(table, '2026-11-22T08:16:00.000Z', 2, { reason: 'why' });
    const columns = new Set([...table.rows.values()].flatMap(({ row }) => Object.keys(row)).filter(isColumn));
    // The sweep's own column.
    expect(listed('brokerhistory')).toEqual([...columns, 'closedBy'].sort());
  });

  it('lists the columns of the sessions', () => {
    const times = { clock: new VirtualClock(), leaseMs: 11_000, sessionTtlMs: 3_600_000 };
    const gather = { isOpen: true, leftMs: 1_500 };
    const hosted = { attemptId: CLAIMED.attemptId, ...ANSWER };
    const ENDED = { state: 'ended', endedAtMs: 0, endedBy: 'key', endFleet: 'told', hosted } as const;
    const rows = [
      { ...CLAIMED, gather },
      { ...CLAIMED, ...ANSWER, state: 'allocated' as const },
      { ...CLAIMED, ...ENDED },
    ].map((session) => toRow(session, times));
    const columns = new Set(rows.flatMap((row) => Object.keys(row)));
    const hints = ['hints1', 'hints2', 'partySize', 'instance', 'expiresAt'];
    expect(listed('brokersessions')).toEqual([...[...columns].filter(isColumn), ...hints].sort());
  });

  it('lists the columns of the quotas', () => {
    expect(listed('brokerquotas')).toEqual(
      namesOf(declared('lib/ledger/quota/quotaLedger.ts', 'QuotaRow')).filter(isColumn),
    );
  });

  it('lists the columns of the requests', async () => {
    const [table, clock] = [new MemoryTable(() => 0), new VirtualClock()];
    const counter = new RequestCounter(table, clock);
    counter.count('allocated', 1);
    await counter.stop();
    const [stored] = [...table.rows.values()];
    expect(listed('brokerrequests')).toEqual(
      Object.keys(stored?.row ?? {})
        .filter(isColumn)
        .sort(),
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
