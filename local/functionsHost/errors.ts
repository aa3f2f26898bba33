/** The host cannot start; the message says what to do. Printed without a stack, exit code 1. */
export class StartError extends Error {
  override name = 'StartError';
}
