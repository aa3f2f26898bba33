/**
 * The storage service failed, timed out or could not be reached, so that it is not known whether a write landed; or it
 * holds a row that cannot be read.
 */
export class StorageFault extends Error {
  override readonly name = 'StorageFault';
  /** The HTTP status, when there was an answer at all. */
  readonly status?: number;

  /** @param what the HTTP status, or what happened in words for operators; absent: there was no answer */
  constructor(operation: string, table: string, what?: number | string, cause?: unknown) {
    const happened = typeof what === 'number' ? `status ${what}` : (what ?? 'no answer');
    super(`${operation} on table ${table}: ${happened}`, { cause });
    if (typeof what === 'number') this.status = what;
  }
}
