/** What the command prints of attempts that asked another fleet after one without a free server. */
import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import type { Options } from '../../../cli/history/options.ts';
import { run } from '../../../cli/history/run.ts';
import type { AttemptClosing } from '../../../lib/ledger/history/history.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { ALLOCATED, guid, opening } from '../../support/historyRows.ts';
import { MemoryScan } from '../../support/memoryScan.ts';
import { MemoryTable } from '../../support/memoryTable.ts';

const NOW = Date.parse('2026-11-22T09:00:00Z');
const OVERFLOWED: AttemptClosing = { ...ALLOCATED, fleet: 'playfab', fleetsAsked: 'sessionhosts playfab' };

/** What it prints of the hour before nine, in which these attempts were. */
async function printed(options: Partial<Options>, ...attempts: readonly AttemptClosing[]): Promise<string> {
  const table = new MemoryTable(() => NOW);
  const history = new TableHistory(table);
  for (const [index, closing] of attempts.entries()) {
    await (await history.open(opening('2026-11-22T08:15:00.000Z', index + 1))).close(closing);
  }
  const written: string[] = [];
  await run({
    options: { ...options, format: 'table', since: NOW - 3_600_000, until: NOW },
    tables: { sessions: new MemoryTable(() => NOW), history: table, historyScan: new MemoryScan(table) },
    nowMs: NOW,
    printing: {
      ...{ format: 'table', width: undefined, colours: pc.createColors(false) },
      write: (text) => written.push(text),
    },
    stderr: new PassThrough() as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return written.join('');
}

it('sums up the share of each game mode', async () => {
  const text = await printed({ summary: true }, ALLOCATED, OVERFLOWED, ALLOCATED, ALLOCATED);
  expect(text.split('\n\n')).toContain(
    ['GAME MODE  OVERFLOWED  ATTEMPTS   SHARE', 'duel                1         4  25.0 %'].join('\n'),
  );
});

it('says nothing of it where no attempt overflowed', async () => {
  expect(await printed({ summary: true }, ALLOCATED)).not.toMatch(/overflow/i);
  expect(await printed({ session: guid(1) }, ALLOCATED)).not.toMatch(/overflow/i);
});

it("says in a session's story which fleet was dry", async () => {
  expect(await printed({ session: guid(1) }, OVERFLOWED)).toMatch(
    /^ {2}Overflow +sessionhosts had no server free; playfab was asked after it$/m,
  );
});

it('finds them by their effort', async () => {
  const text = await printed({ effort: 'overflow' }, ALLOCATED, OVERFLOWED);
  expect([text.includes(guid(1)), text.includes(guid(2))]).toEqual([false, true]);
});
