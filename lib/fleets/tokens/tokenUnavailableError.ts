/** A service token cannot be had. The message is for operators and says what to look at. */
export class TokenUnavailableError extends Error {
  override readonly name = 'TokenUnavailableError';
  /** The credential itself was refused: asking again cannot help. */
  readonly final: boolean;

  constructor(message: string, { final = false }: { final?: boolean } = {}) {
    super(message);
    this.final = final;
  }
}
