import { AllocationClient, AllocationError, type ClientOptions } from '../../clients/typescript/src/index.ts';

export interface LocationsOptions {
  readonly client: ClientOptions;
  readonly deadlineMs: number;
  /** Called once, when the answer is slow enough for a person to wonder. */
  readonly onSlow: () => void;
}

/** There is no broker to play with; the message is the reason. */
export class NoBrokerError extends Error {
  override readonly name = 'NoBrokerError';
}

const SLOW_MS = 2_000;

/**
 * Asks a broker for the names of its locations, in its order. A slow broker has until the deadline; a connection that
 * fails is reported at once, where the client would try again.
 *
 * @throws NoBrokerError
 */
export async function offeredLocations(options: LocationsOptions): Promise<readonly string[]> {
  const { fetch: send = fetch } = options.client;
  const failed = new AbortController();
  const once: typeof fetch = async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      // With its signal aborted, the client itself has ended the request, at the deadline.
      if (init?.signal?.aborted !== true) failed.abort(error);
      throw error;
    }
  };
  const client = new AllocationClient({ ...options.client, fetch: once });
  const slow = setTimeout(options.onSlow, SLOW_MS);
  try {
    const locations = await client.locations({ deadlineMs: options.deadlineMs, signal: failed.signal });
    return locations.map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    const { signal } = failed;
    const message = signal.aborted ? `The connection failed (${causeOf(signal.reason)}).` : error.message;
    throw new NoBrokerError(message, { cause: error });
  } finally {
    clearTimeout(slow);
  }
}

/** `fetch` throws a TypeError that says nothing; its cause has what happened, mostly with a code. */
function causeOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, message } = cause as { readonly code?: string; readonly message?: string };
  return code ?? message ?? String(cause);
}
