import type { Stored } from './entityTable.ts';

/** Which rows of one partition, in the order of their keys. */
export interface PageRequest {
  readonly partitionKey: string;
  /** Only rows whose key comes after this one. */
  readonly afterRow?: string | undefined;
  /** Only rows whose key comes before this one. */
  readonly beforeRow?: string | undefined;
  /** Only rows whose columns hold exactly these values. */
  readonly equals?: Readonly<Record<string, string | number | undefined>>;
  /** Only these columns of the rows, besides the keys: a page of whole rows has megabytes. Absent: all of them. */
  readonly columns?: readonly string[];
  /** 1 to 1,000 (the service's own limit). */
  readonly limit: number;
  /** Of the page before, to the same request. */
  readonly continuation?: string | undefined;
}

/** Which rows of all partitions, in the order of their keys. */
export interface OlderRequest {
  /** A column that holds a time; a row without it never matches. */
  readonly column: string;
  /** Only rows whose time comes before this one. */
  readonly olderThan: Date;
  /** 1 to 1,000 (the service's own limit). */
  readonly limit: number;
  /** Of the page before, to the same request. */
  readonly continuation?: string | undefined;
}

/**
 * What one storage request gave. It may be empty and still have a continuation: the service stops at 5 s and
 * at boundaries of its own. Only a page without a continuation is the last.
 */
export interface Page {
  readonly rows: readonly Stored[];
  readonly continuation?: string | undefined;
}

/**
 * One table, many rows at a time: for looking back and for tidying up, never for a request for a host.
 *
 * Every method throws {@link StorageFault} when the service gave no definite answer.
 */
export interface PartitionScan {
  /** One storage request. */
  page(request: PageRequest): Promise<Page>;
  /**
   * One storage request. No key leads to these rows: their pages take as long as the whole table. A table that is not
   * there has no rows, and is not created.
   */
  pageOlder(request: OlderRequest): Promise<Page>;
  /** The first partition from `from` on (inclusive) that has a row and comes before `before`. */
  nextPartition(from: string, before: string): Promise<string | undefined>;
  /**
   * Deletes up to 100 rows of one partition at once, whatever they hold by now: all of them, or none when `ok` is
   * false because one is gone already.
   */
  removeRows(partitionKey: string, rowKeys: readonly string[]): Promise<{ readonly ok: boolean }>;
}

/** The most rows that one page, and one deletion, may have: the service's limits. */
export const MOST_ROWS_A_PAGE = 1_000;
export const MOST_ROWS_A_REMOVAL = 100;

/** Every page of a request, until there is no continuation. @param read one page of it */
export async function* pagesOf(
  read: (continuation: string | undefined) => Promise<Page>,
): AsyncGenerator<Page, void> {
  let continuation: string | undefined;
  do {
    const page = await read(continuation);
    yield page;
    ({ continuation } = page);
  } while (continuation !== undefined);
}

/**
 * As {@link pagesOf}, with the page after the one that is worked on already on its way: for work that takes every page.
 * Rows may be deleted meanwhile: a page begins where the one before ended.
 */
export async function* pagesAhead(
  read: (continuation: string | undefined) => Promise<Page>,
): AsyncGenerator<Page, void> {
  const begin = (continuation?: string): Promise<Page> => {
    const page = read(continuation);
    // It may fail before anyone waits for it; whoever does is the one who learns of it.
    page.catch(() => undefined);
    return page;
  };
  let next: Promise<Page> | undefined = begin();
  try {
    while (next !== undefined) {
      const page: Page = await next;
      next = page.continuation === undefined ? undefined : begin(page.continuation);
      yield page;
    }
  } finally {
    await next?.catch(() => undefined);
  }
}
