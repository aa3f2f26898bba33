/** The storage service failed, timed out or could not be reached: whether a write landed is not known. */
export class StorageFault extends Error {
  override readonly name = 'StorageFault';
  /** The HTTP status, when there was an answer at all. */
  readonly status?: number;

  constructor(operation: string, table: string, status: number | undefined, cause: unknown) {
    super(`${operation} on table ${table}: ${status === undefined ? 'no answer' : `status ${status}`}`, {
      cause,
    });
    if (status !== undefined) this.status = status;
  }
}
