import type { HttpClient } from '@azure/core-rest-pipeline';
import type { PlayFabSettings } from './settings.ts';
import { type TokenCall, authorisedCall, callWithToken, requireToken } from '../authorisedCall.ts';
import type { Fleet, FleetCallOptions } from '../fleet.ts';
import { checkedEndpoint } from '../../http/endpoint.ts';
import { createPostJson } from '../http/jsonCall.ts';
import type { TokenSource } from '../../identity/tokenSource.ts';
import { fleetAnswer } from './answer.ts';
import type { Ask } from './ask.ts';
import { playFabEnd } from './end.ts';
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
 * are created: asking again is safe, and never done here. `ShutdownMultiplayerServer` gives it back.
 *
 * @throws Error with a message for operators, for an endpoint that a token must not be sent to
 */
export function createPlayFabFleet({ settings, tokenSource, httpClient }: PlayFabFleetOptions): Fleet {
  const endpoint = checkedEndpoint(settings.endpoint, 'PLAYFAB_ENDPOINT');
  const postJson = createPostJson(httpClient, ENDPOINT);
  const call = (name: string, body: object, { signal, traceparent }: FleetCallOptions): TokenCall => ({
    tokenSource,
    signal,
    isTokenRefused,
    send: (token) =>
      postJson({
        url: `${endpoint}/MultiplayerServer/${name}`,
        headers: { 'x-entitytoken': token },
        body,
        signal,
        traceparent,
      }),
  });
  const askWith =
    (options: FleetCallOptions): Ask =>
    (name, body) =>
      callWithToken(call(name, body, options));
  return {
    allocate: (request, options) =>
      authorisedCall({
        ...call('RequestMultiplayerServer', requestMultiplayerServer(request), options),
        tokenLate: TOKEN_LATE,
        read: (answered) => fleetAnswer(answered, request, settings),
      }),
    checkCredentials: (signal) => requireToken(tokenSource, signal, TOKEN_LATE),
    end: (sessionId, options) => playFabEnd(sessionId, askWith(options), TOKEN_LATE),
    stock: (target, signal) => playFabStock(target, askWith({ signal }), TOKEN_LATE),
  };
}
