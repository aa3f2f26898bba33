/** What a table row may hold here. No BigInt: JSON.stringify refuses it, and Table Storage returns Int64 as one. */
export type Cell = string | number | boolean | Date;

export type Row = Readonly<Record<string, Cell | undefined>> & {
  readonly partitionKey: string;
  readonly rowKey: string;
};

/** A row as it was read, with what the storage service says of it. */
export interface Stored<R extends Row = Row> {
  readonly row: R;
  readonly etag: string;
  /** When the row was last written, by the storage service's clock. */
  readonly writtenAtMs: number;
  /** When it was read, by the same clock (the answer's `Date`: whole seconds, cut off, so never ahead). */
  readonly readAtMs: number;
}

/** `conflict`: the row exists already (insert), or is not the one that was read (replace, remove). */
export type WriteResult =
  | {
      readonly ok: true;
      readonly etag: string;
      /** When the service answered, by its own clock (whole seconds); absent where it does not say. */
      readonly atMs?: number | undefined;
    }
  | { readonly ok: false };

/**
 * One table, by point operations only: all that a request for a host may use.
 *
 * Every method throws {@link StorageFault} when the service did not give a definite answer; a write may still
 * have landed. A condition that did not hold (409, 412, or 404 for a row to replace) is a result, not an error.
 */
export interface EntityTable {
  insert(row: Row): Promise<WriteResult>;
  /** `undefined` means that the service said that there is no such row; never that it said nothing. */
  read(partitionKey: string, rowKey: string): Promise<Stored | undefined>;
  /**
   * Replaces the whole row. The etag is required: the SDK's own default is `*`, which overwrites silently.
   *
   * @param withinMs when to give up, for a write that has less time than any operation gets
   */
  replace(row: Row, etag: string, withinMs?: number): Promise<WriteResult>;
  remove(partitionKey: string, rowKey: string, etag: string): Promise<{ readonly ok: boolean }>;
}
