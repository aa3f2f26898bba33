import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { type TokenSource, TokenUnavailableError } from '../../identity/tokenSource.ts';

/** Where the table service's tokens come from. */
export interface TableTokens {
  readonly source: TokenSource;
  /** In words, for operators: "the managed identity". */
  readonly from: string;
}

/**
 * Signs requests with a token, in place of the SDK's own policy: its renewals in the background reject unhandled, which
 * ends the process. The wait for a token ends with the request's signal: it is part of the operation's
 * time. A token that is refused is replaced once, where there is another.
 */
export function tokenPolicy(tokens: TableTokens): PipelinePolicy {
  return {
    name: 'tableTokenPolicy',
    async sendRequest(request, next): Promise<PipelineResponse> {
      // As the SDK's policy has it: a token goes over TLS alone.
      if (!request.url.startsWith('https://')) throw new Error('A token is not sent over plain http.');
      const signal = signalOf(request);
      const token = await tokenFor(tokens, signal);
      const response = await next(signed(request, token));
      if (response.status !== 401) return response;
      const another = await tokens.source.get(signal, { refused: token }).catch(() => token);
      return another === token ? response : next(signed(request, another));
    },
  };
}

async function tokenFor({ source, from }: TableTokens, signal: AbortSignal): Promise<string> {
  try {
    return await source.get(signal);
  } catch (error) {
    // The error itself goes no further: it may hold upstream text.
    const code = error instanceof TokenUnavailableError ? error.code : undefined;
    throw new TokenUnavailableError(`no token from ${from}${code === undefined ? '' : ` (${code})`}`, {
      code,
    });
  }
}

function signed(request: PipelineRequest, token: string): PipelineRequest {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** Every operation here has one, and a real one; the SDK's type admits look-alikes. */
function signalOf({ abortSignal }: PipelineRequest): AbortSignal {
  return (abortSignal ?? new AbortController().signal) as AbortSignal;
}
