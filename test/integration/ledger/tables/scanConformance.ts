import type { Cell, EntityTable, Row } from '../../../../lib/ledger/tables/entityTable.ts';
import { type PartitionScan, pagesOf } from '../../../../lib/ledger/tables/partitionScan.ts';
import { HesitantScan } from '../../../support/memoryScan.ts';

export interface ScanHarness {
  /** An empty table … */
  readonly table: EntityTable;
  /** … and the same one to look through. */
  readonly scan: PartitionScan;
}

const row = (partitionKey: string, rowKey: string, columns: Record<string, Cell> = {}): Row => ({
  partitionKey,
  rowKey,
  ...columns,
});

/** What every scan must do, whatever keeps its rows. */
export function describeScan(name: string, setUp: () => Promise<ScanHarness>): void {
  describe(`scan of ${name}`, () => {
    let table: EntityTable;
    let scan: PartitionScan;

    beforeEach(async () => {
      ({ table, scan } = await setUp());
    });

    const insert = async (...rows: Row[]): Promise<void> => {
      for (const one of rows) await table.insert(one);
    };
    const keysOf = async (request: Parameters<PartitionScan['page']>[0]): Promise<string[]> =>
      (await scan.page(request)).rows.map((stored) => stored.row.rowKey);

    it('reads one partition in the order of its keys', async () => {
      await insert(row('p', 'c'), row('p', 'a'), row('o', 'x'), row('q', 'y'), row('p', 'b'));
      expect(await keysOf({ partitionKey: 'p', limit: 1_000 })).toEqual(['a', 'b', 'c']);
    });

    it('leaves out both bounds', async () => {
      await insert(row('p', 'a'), row('p', 'b'), row('p', 'c'), row('p', 'd'));
      expect(await keysOf({ partitionKey: 'p', afterRow: 'a', beforeRow: 'd', limit: 1_000 })).toEqual([
        'b',
        'c',
      ]);
    });

    it('compares columns exactly, whatever characters a value has', async () => {
      await insert(
        row('p', 'a', { outcome: "o'clock" }),
        row('p', 'b', { outcome: 'open' }),
        row('p', 'c', { outcome: 'open', gameMode: 'duel' }),
        row('p', 'd'),
      );
      const request = { partitionKey: 'p', limit: 1_000 };
      expect(await keysOf({ ...request, equals: { outcome: "o'clock" } })).toEqual(['a']);
      expect(await keysOf({ ...request, equals: { outcome: "' or RowKey ne '" } })).toEqual([]);
      expect(await keysOf({ ...request, equals: { outcome: 'open' } })).toEqual(['b', 'c']);
      expect(await keysOf({ ...request, equals: { outcome: 'open', gameMode: 'duel' } })).toEqual(['c']);
      expect(await keysOf({ ...request, equals: { outcome: undefined } })).toEqual(['a', 'b', 'c', 'd']);
    });

    it('goes on where the page before ended, and says when there is no more', async () => {
      await insert(row('p', 'a'), row('p', 'b'), row('p', 'c'));
      const first = await scan.page({ partitionKey: 'p', limit: 2 });
      expect(first.rows.map((stored) => stored.row.rowKey)).toEqual(['a', 'b']);
      const second = await scan.page({ partitionKey: 'p', limit: 2, continuation: first.continuation });
      expect(second.rows.map((stored) => stored.row.rowKey)).toEqual(['c']);
      expect(second.continuation).toBeUndefined();
    });

    it('gives what a conditional write needs', async () => {
      await insert(row('p', 'a', { outcome: 'open' }));
      const [stored] = (await scan.page({ partitionKey: 'p', limit: 1 })).rows;
      if (stored === undefined) throw new Error('expected a row');
      expect(stored.row).toEqual({ partitionKey: 'p', rowKey: 'a', outcome: 'open' });
      expect(stored.readAtMs - stored.writtenAtMs).toBeGreaterThanOrEqual(-1_000);
      expect((await table.replace({ ...stored.row, outcome: 'unknown' }, stored.etag)).ok).toBe(true);
      expect((await table.replace({ ...stored.row, outcome: 'late' }, stored.etag)).ok).toBe(false);
    });

    it('gives only the columns that it is asked for, and with them what a conditional write needs', async () => {
      await insert(row('p', 'a', { outcome: 'open', gameMode: 'duel' }), row('p', 'b'));
      const keys = { partitionKey: 'p', rowKey: 'a' };
      const read = async (columns: string[]) =>
        (await scan.page({ partitionKey: 'p', columns, limit: 2 })).rows;
      const [first, second] = await read(['gameMode']);
      expect(first?.row).toEqual({ ...keys, gameMode: 'duel' });
      expect(second?.row['gameMode'] ?? undefined).toBeUndefined();
      const [none] = await read([]);
      expect(none?.row).toEqual(keys);
      expect(none?.etag).toBe((await table.read('p', 'a'))?.etag);
    });

    it('reads a row as it was written, so that it can be written back', async () => {
      await insert(row('p', 'a', { outcome: 'open' }));
      const read = await table.read('p', 'a');
      expect(read?.row).toEqual({ partitionKey: 'p', rowKey: 'a', outcome: 'open' });
    });

    it('reads to the end through empty pages', async () => {
      await insert(row('p', 'a'), row('p', 'b'), row('p', 'c'));
      const keys: string[] = [];
      const hesitant = new HesitantScan(scan);
      const pages = pagesOf((continuation) => hesitant.page({ partitionKey: 'p', limit: 1, continuation }));
      for await (const { rows } of pages) {
        keys.push(...rows.map((stored) => stored.row.rowKey));
      }
      expect(keys).toEqual(['a', 'b', 'c']);
    });

    describe('finds the rows of all partitions by a time', () => {
      const at = (windowStart: string): Record<string, Cell> => ({ windowStart: new Date(windowStart) });
      const request = {
        column: 'windowStart',
        olderThan: new Date('2026-11-22T08:15:30.250Z'),
        limit: 1_000,
      };

      it('that comes before another, to the millisecond, and by no other column', async () => {
        await insert(
          row('p', 'old', at('2026-11-22T08:15:30.249Z')),
          row('p', 'equal', at('2026-11-22T08:15:30.250Z')),
          row('o', 'older', at('2020-01-01T00:00:00.000Z')),
          row('q', 'new', at('2026-11-22T08:15:30.251Z')),
          row('r', 'without', { text: '2020-01-01T00:00:00.000Z' }),
        );
        const { rows, continuation } = await scan.pageOlder(request);
        expect(rows.map((stored) => stored.row)).toEqual([
          { partitionKey: 'o', rowKey: 'older', windowStart: new Date('2020-01-01T00:00:00.000Z') },
          { partitionKey: 'p', rowKey: 'old', windowStart: new Date('2026-11-22T08:15:30.249Z') },
        ]);
        expect(continuation).toBeUndefined();
      });

      it.each(['stays', 'is deleted'])('page by page, when what a page gave %s', async (fate) => {
        const old = at('2020-01-01T00:00:00.000Z');
        await insert(row('o', 'b', old), row('p', 'a', old), row('p', 'c', old), row('q', 'a', old));
        const pages: string[][] = [];
        const hesitant = new HesitantScan(scan);
        const two = { ...request, limit: 2 };
        for await (const { rows } of pagesOf((continuation) =>
          hesitant.pageOlder({ ...two, continuation }),
        )) {
          pages.push(rows.map((stored) => stored.row.partitionKey + stored.row.rowKey));
          if (fate === 'stays') continue;
          for (const { row: one, etag } of rows) await table.remove(one.partitionKey, one.rowKey, etag);
        }
        expect(pages.filter((page) => page.length > 0)).toEqual([
          ['ob', 'pa'],
          ['pc', 'qa'],
        ]);
        expect((await scan.pageOlder(request)).rows).toHaveLength(fate === 'stays' ? 4 : 0);
      });
    });

    it('finds the first partition of a range, its beginning in and its end out', async () => {
      await insert(row('2026-11-22T08', 'a'), row('2026-11-22T10', 'a'), row('watermark', 'a'));
      expect(await scan.nextPartition('0', '2026-11-23T00')).toBe('2026-11-22T08');
      expect(await scan.nextPartition('2026-11-22T08', '2026-11-22T09')).toBe('2026-11-22T08');
      expect(await scan.nextPartition('2026-11-22T09', '2026-11-22T11')).toBe('2026-11-22T10');
      expect(await scan.nextPartition('2026-11-22T09', '2026-11-22T10')).toBeUndefined();
    });

    it('removes a hundred rows at once, or none', async () => {
      const rowKeys = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, '0'));
      await insert(...rowKeys.map((rowKey) => row('p', rowKey)), row('p', 'stays'));
      expect(await scan.removeRows('p', ['stays', 'gone'])).toEqual({ ok: false });
      expect(await keysOf({ partitionKey: 'p', limit: 1_000 })).toHaveLength(101);
      expect(await scan.removeRows('p', rowKeys)).toEqual({ ok: true });
      expect(await keysOf({ partitionKey: 'p', limit: 1_000 })).toEqual(['stays']);
    });
  });
}
