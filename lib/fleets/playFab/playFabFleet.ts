import type { HttpClient } from '@azure/core-rest-pipeline';
import type { PlayFabSettings } from './settings.ts';
import { authorisedCall, callWithToken, requireToken } from '../authorisedCall.ts';
import type { Fleet } from '../fleet.ts';
import { checkedEndpoint } from '../../http/endpoint.ts';
import { createPostJson } from '../http/jsonCall.ts';
import type { TokenSource } from '../../identity/tokenSource.ts';
import { fleetAnswer } from './answer.ts';
import { ENDPOINT, isTokenRefused } from './errors.ts';
import { requestMultiplayerServer } from './request.ts';
import { playFabStock } from './stock.ts';

export interface PlayFabFleetOptions {
  readonly settings: PlayFabSettings;
  /** Of entity tokens. */
  readonly tokenSource: TokenSource;
  /** Another transport, for a private certificate authority for example. */
  readonly httpClient?: HttpClient;
}

const TOKEN_LATE =
  'No entity token could be had from PlayFab in time: check PLAYFAB_ENDPOINT and the network.';

/**
 * Azure PlayFab Multiplayer Servers: `RequestMultiplayerServer` asks for the session's server. Its guide ("Allocating
 * game servers") says that retries for the same session should carry the same SessionId, so that no needless servers
 * are created: asking again is safe, and never done here.
 *
 * @throws Error with a message for operators, for an endpoint that a token must not be sent to
 */
export function createPlayFabFleet({ settings, tokenSource, httpClient }: PlayFabFleetOptions): Fleet {
  const endpoint = checkedEndpoint(settings.endpoint, 'PLAYFAB_ENDPOINT');
  const api = `${endpoint}/MultiplayerServer`;
  const url = `${api}/RequestMultiplayerServer`;
  const postJson = createPostJson(httpClient, ENDPOINT);
  return {
    allocate(request, { signal, traceparent }) {
      const body = requestMultiplayerServer(request);
      return authorisedCall({
        tokenSource,
        signal,
        tokenLate: TOKEN_LATE,
        send: (token) => postJson({ url, headers: { 'x-entitytoken': token }, body, signal, traceparent }),
        isTokenRefused,
        read: (answered) => fleetAnswer(answered, request, settings),
      });
    },
    checkCredentials: (signal) => requireToken(tokenSource, signal, TOKEN_LATE),
    stock(target, signal) {
      const send = (endpoint: string, body: object, token: string) =>
        postJson({ url: `${api}/${endpoint}`, headers: { 'x-entitytoken': token }, body, signal });
      return playFabStock(
        target,
        (endpoint, body) =>
          callWithToken({
            tokenSource,
            signal,
            isTokenRefused,
            send: (token) => send(endpoint, body, token),
          }),
        TOKEN_LATE,
      );
    },
  };
}
