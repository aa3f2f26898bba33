import { randomUUID } from 'node:crypto';
import type { Outcome } from '../../contract/outcomes.ts';
import { isText } from '../tables/cells.ts';
import type { EntityTable, Row } from '../tables/entityTable.ts';
import { StorageFault } from '../storageFault.ts';
import type {
  AttemptClosing,
  AttemptOpening,
  EndingClosing,
  EndingOpening,
  History,
  HistoryKey,
  OpenAttempt,
  OpenEnding,
} from './history.ts';
import { ownWrite } from '../tables/ownWrite.ts';

/** A row of `brokerhistory`, as operators query it. */
export interface HistoryRow {
  readonly [column: string]: string | number | boolean | Date | undefined;
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly writeId: string;
  readonly outcome: Outcome;
}

type Opening = (Omit<AttemptOpening, 'locations'> & { readonly locations: string }) | EndingRow;
type EndingRow = EndingOpening & { readonly kind: 'ending' };
type Closing = AttemptClosing | EndingClosing;

/** How often a row that others write as well (the sweep, once) is tried again before that is called a fault. */
const CLOSE_TRIES = 4;

/** {@link History} on a table. */
export class TableHistory implements History {
  readonly #table: EntityTable;

  constructor(table: EntityTable) {
    this.#table = table;
  }

  open(opening: AttemptOpening): Promise<OpenAttempt> {
    const { locations } = opening;
    return this.#open({ ...opening, locations: JSON.stringify(locations) });
  }

  openEnding(opening: EndingOpening): Promise<OpenEnding> {
    return this.#open({ ...opening, kind: 'ending' });
  }

  async #open(opening: Opening): Promise<{ close(closing: Closing): Promise<void> }> {
    const row = openRow(opening);
    const written = await ownWrite(this.#table, row, undefined);
    if (!written.ok) throw new StorageFault('insert', 'history', 'there is such a row already');
    let etag = written.etag;
    return {
      close: async (closing) => {
        etag = await this.#close(row, closing, etag);
      },
    };
  }

  async #close(opened: HistoryRow, closing: Closing, knownEtag: string): Promise<string> {
    const row = closedRow(opened, closing);
    let etag = knownEtag;
    for (let tries = 0; tries < CLOSE_TRIES; tries += 1) {
      const written = await ownWrite(this.#table, row, etag);
      if (written.ok) return written.etag;
      if (written.current === undefined) break;
      etag = written.current.etag;
    }
    throw new StorageFault('close', 'history', 'there is no such row, or others keep changing it');
  }
}

function openRow(opening: Opening): HistoryRow {
  const { key, previous, claimedAtMs, ...columns } = opening;
  return {
    ...key,
    ...columns,
    writeId: randomUUID(),
    outcome: 'open',
    claimedAt: new Date(claimedAtMs),
    previousPartition: previous?.partitionKey,
    previousRow: previous?.rowKey,
  };
}

function closedRow(opened: HistoryRow, closing: Closing): HistoryRow {
  const { closedAtMs, ...columns } = closing;
  return { ...opened, ...columns, writeId: randomUUID(), closedAt: new Date(closedAtMs) };
}

/** The key of an attempt's row, as two cells of another row name it. */
export function keyIn(row: Row, partitionCell: string, rowCell: string): HistoryKey | undefined {
  const { [partitionCell]: partitionKey, [rowCell]: rowKey } = row;
  return isText(partitionKey) && isText(rowKey) ? { partitionKey, rowKey } : undefined;
}
