/** Where a fleet's service token comes from, by the settings. */
export type TokenSettings =
  | { readonly kind: 'managed-identity'; readonly scope: string; readonly clientId?: string }
  | { readonly kind: 'static'; readonly token: string };

export interface TokenSourceOptions {
  /** The token that the fleet has just refused: not to be answered again where there is any other. */
  readonly refused?: string | undefined;
}

/** Where a driver gets its service token from. */
export interface TokenSource {
  /**
   * A token that is valid for some time to come.
   *
   * @throws {@link TokenUnavailableError}, or the signal's reason where it ended the wait
   */
  get(signal: AbortSignal, options?: TokenSourceOptions): Promise<string>;
}

/** A service token cannot be had. The message is for operators and says what to look at. */
export class TokenUnavailableError extends Error {
  override readonly name = 'TokenUnavailableError';
  /** The credential itself was refused: asking again cannot help. */
  readonly final: boolean;
  /** How long whoever gives the tokens asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { final = false, retryAfterMs }: { final?: boolean; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.final = final;
    this.retryAfterMs = retryAfterMs;
  }
}
