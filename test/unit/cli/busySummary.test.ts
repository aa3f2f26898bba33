/** The command's figures of an hour that is too large to be held, in the time that a person waits. */
import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import type { Options } from '../../../cli/history/options.ts';
import { run } from '../../../cli/history/run.ts';
import { BusyHistory } from '../../support/busyHistory.ts';
import { MemoryTable } from '../../support/memoryTable.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

/** What it prints of the hour from 10:00 to 11:00. */
async function summaryOf(history: BusyHistory, options: Partial<Options>): Promise<Record<string, unknown>> {
  const written: string[] = [];
  const table = new MemoryTable(() => NOW);
  const code = await run({
    options: {
      ...{ format: 'json', summary: true, ...options },
      ...{ since: Date.parse('2026-11-22T10:00:00Z'), until: Date.parse('2026-11-22T11:00:00Z') },
    },
    tables: { sessions: table, history: table, historyScan: history },
    nowMs: NOW,
    printing: {
      ...{ format: 'json', width: undefined, colours: pc.createColors(false) },
      write: (text) => written.push(text),
    },
    stderr: new PassThrough() as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  expect(code).toBe(0);
  return JSON.parse(written.join('')) as Record<string, unknown>;
}

const busy = (perSecond: number): BusyHistory =>
  new BusyHistory({
    ...{ perSecond, sinceMs: NOW - 7_200_000, untilMs: NOW },
    outcomeAt: (_atMs, random) => (random < 0.1 ? 'no-capacity' : 'allocated'),
  });

it('estimates a million attempts from a sample of 4,855, in 242 storage requests', async () => {
  const history = busy(278);
  const summary = await summaryOf(history, {});
  expect(history.requests).toBe(242);
  expect(summary).toMatchObject({ estimated: true, read: 4_855 });
  expect(Math.abs(Number(summary['attempts']) / 1_000_800 - 1)).toBeLessThan(0.03);
  expect(Number(summary['allocations']) / Number(summary['attempts'])).toBeCloseTo(0.9, 1.5);
});

it('counts each one where --limit all asks for it, and keeps none', async () => {
  const history = busy(20);
  const summary = await summaryOf(history, { limit: Infinity });
  expect(summary).toMatchObject({ estimated: false, read: 72_000, attempts: 72_000, sessions: 72_000 });
});
