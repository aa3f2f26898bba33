import type { HttpClient } from '@azure/core-rest-pipeline';
import type { SessionHostsSettings } from './settings.ts';
import { authorisedCall, requireToken } from '../authorisedCall.ts';
import type { Fleet } from '../fleet.ts';
import { checkedEndpoint } from '../../http/endpoint.ts';
import { createPostJson } from '../http/jsonCall.ts';
import type { TokenSource } from '../../identity/tokenSource.ts';
import { fleetAnswer } from './answer.ts';
import { sessionHostsBody, sessionHostsHeaders } from './request.ts';

export interface SessionHostsFleetOptions {
  readonly settings: SessionHostsSettings;
  readonly tokenSource: TokenSource;
  /** Another transport, for a private certificate authority for example. */
  readonly httpClient?: HttpClient;
}

const TOKEN_LATE =
  'No token for the fleet could be had in time: check SESSIONHOSTS_TOKEN_SCOPE and the managed identity.';

/**
 * The sessionhosts API: `POST /titles/{titleId}/sessionhosts` asks for the session's host and is idempotent by
 * sessionId, so that asking again is always safe, and never done here. It is the only call of the published API: there is
 * none that ends a session, so this driver has no `end`, and a game server of this fleet has to end by itself.
 *
 * @throws Error with a message for operators, for an endpoint that a token must not be sent to
 */
export function createSessionHostsFleet({
  settings,
  tokenSource,
  httpClient,
}: SessionHostsFleetOptions): Fleet {
  const endpoint = checkedEndpoint(settings.endpoint, 'SESSIONHOSTS_ENDPOINT');
  const url = `${endpoint}/titles/${encodeURIComponent(settings.titleId)}/sessionhosts`;
  const postJson = createPostJson(httpClient, 'the endpoint (SESSIONHOSTS_ENDPOINT)');
  return {
    allocate(request, { signal, traceparent }) {
      const body = sessionHostsBody(request, settings);
      return authorisedCall({
        tokenSource,
        signal,
        tokenLate: TOKEN_LATE,
        send: (token) =>
          postJson({ url, headers: sessionHostsHeaders(settings, token), body, signal, traceparent }),
        isTokenRefused: ({ status }) => status === 401,
        read: fleetAnswer,
      });
    },
    checkCredentials: (signal) => requireToken(tokenSource, signal, TOKEN_LATE),
  };
}
