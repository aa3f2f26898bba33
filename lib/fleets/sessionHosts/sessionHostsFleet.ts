import type { HttpClient } from '@azure/core-rest-pipeline';
import type { GameModeSetting, SessionHostsSettings } from '../../config/settings.ts';
import type { Fleet, FleetAnswer, FleetCallOptions } from '../fleet.ts';
import { checkedEndpoint } from '../http/endpoint.ts';
import { createPostJson, type JsonOutcome } from '../http/jsonCall.ts';
import type { TokenSource } from '../tokens/tokenSource.ts';
import { TokenUnavailableError } from '../tokens/tokenUnavailableError.ts';
import { fleetAnswer } from './answer.ts';
import { sessionHostsBody, sessionHostsHeaders } from './request.ts';

export interface SessionHostsFleetOptions {
  readonly settings: SessionHostsSettings;
  readonly gameModes: ReadonlyMap<string, GameModeSetting>;
  readonly tokenSource: TokenSource;
  /** Another transport, for a private certificate authority for example. */
  readonly httpClient?: HttpClient;
}

const TOKEN_LATE =
  'No token for the fleet could be had in time: check SESSIONHOSTS_TOKEN_SCOPE and the managed identity.';

/**
 * The sessionhosts API: `POST /titles/{titleId}/sessionhosts` asks for the session's host and is idempotent by
 * sessionId, so that asking again is always safe, and never done here.
 *
 * @throws Error with a message for operators, for an endpoint that a token must not be sent to
 */
export function createSessionHostsFleet(options: SessionHostsFleetOptions): Fleet {
  const { settings, gameModes, tokenSource } = options;
  const endpoint = checkedEndpoint(settings.endpoint, 'SESSIONHOSTS_ENDPOINT');
  const url = `${endpoint}/titles/${encodeURIComponent(settings.titleId)}/sessionhosts`;
  const postJson = createPostJson(options.httpClient);

  const ask = async (body: unknown, call: FleetCallOptions, fresh: boolean): Promise<JsonOutcome> => {
    const got = await tokenOrReason(tokenSource, call.signal, fresh);
    if ('reason' in got) return { kind: 'not-sent', reason: got.reason };
    const headers = sessionHostsHeaders(settings, got.token);
    return postJson({ url, headers, body, signal: call.signal, traceparent: call.traceparent });
  };

  return {
    async allocate(request, call): Promise<FleetAnswer> {
      const body = sessionHostsBody(request, settings, gameModes);
      const first = await ask(body, call, false);
      // A token may be revoked, or expire on its way: that is settled here, and nothing else is repeated.
      const refused = first.kind === 'answered' && first.status === 401;
      return fleetAnswer(refused ? await ask(body, call, true) : first);
    },
    async checkCredentials(signal): Promise<void> {
      const got = await tokenOrReason(tokenSource, signal, false);
      if ('reason' in got) throw new Error(got.reason);
    },
  };
}

/** Only our own error's message is known to be without a secret. */
async function tokenOrReason(
  source: TokenSource,
  signal: AbortSignal,
  fresh: boolean,
): Promise<{ readonly token: string } | { readonly reason: string }> {
  try {
    return { token: await source.get(signal, { fresh }) };
  } catch (error) {
    return { reason: error instanceof TokenUnavailableError ? error.message : TOKEN_LATE };
  }
}
