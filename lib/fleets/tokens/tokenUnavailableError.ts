/** A service token cannot be had. The message is for operators and says what to look at. */
export class TokenUnavailableError extends Error {
  override readonly name = 'TokenUnavailableError';
}
