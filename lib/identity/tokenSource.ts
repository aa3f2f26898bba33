export interface TokenSourceOptions {
  /** The token that the service has just refused: it is returned again only if there is no other. */
  readonly refused?: string | undefined;
}

/** Where a call upstream gets its token from. */
export interface TokenSource {
  /**
   * A token that is still valid.
   *
   * @throws {@link TokenUnavailableError}, or the signal's reason where it ended the wait
   */
  get(signal: AbortSignal, options?: TokenSourceOptions): Promise<string>;
}

interface Details {
  readonly final?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly code?: string | undefined;
}

/** A token cannot be had. The message is for operators and says what to look at. */
export class TokenUnavailableError extends Error {
  override readonly name = 'TokenUnavailableError';
  /** The credential itself was refused: asking again cannot help. */
  readonly final: boolean;
  /** How long to wait before asking again, where the service that issues the tokens says so. */
  readonly retryAfterMs: number | undefined;
  /** Entra's number of the error (AADSTS500011), where it gave one. */
  readonly code: string | undefined;

  constructor(message: string, { final = false, retryAfterMs, code }: Details = {}) {
    super(message);
    this.final = final;
    this.retryAfterMs = retryAfterMs;
    this.code = code;
  }
}
