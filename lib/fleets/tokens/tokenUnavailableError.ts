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
