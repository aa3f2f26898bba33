import type { AccessToken } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { PlayFabSettings } from './settings.ts';
import { validatePlayFabToken } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import { checkedEndpoint } from '../../http/endpoint.ts';
import { createPostJson } from '../http/jsonCall.ts';
import { rememberedTokens } from '../../identity/remembered.ts';
import { type TokenSource, TokenUnavailableError } from '../../identity/tokenSource.ts';
import { ENDPOINT, playFabError } from './errors.ts';

export interface EntityTokenOptions {
  readonly settings: PlayFabSettings;
  /**
   * How long one fetch may take, in milliseconds: no longer than a fleet call, since every call that needs a new token
   * waits for the same fetch.
   */
  readonly timeoutMs: number;
  /** Another transport, for a private certificate authority for example. */
  readonly httpClient?: HttpClient;
}

/** `TokenExpiration` is optional in the reference: a token without one is trusted for this long. */
const UNSTATED_LIFE_MS = 60 * 60_000;

/** The statuses with which PlayFab refuses a key or a title; another one may come from somewhere else. */
const OF_PLAYFAB: ReadonlySet<number> = new Set([400, 401, 403]);

const NO_TOKEN = 'No entity token could be had from PlayFab.';

/**
 * Entity tokens of the title itself, for `X-EntityToken`: GetEntityToken exchanges the title's secret key for one. The
 * key goes nowhere else.
 *
 * @throws Error with a message for operators, for an endpoint that the key must not be sent to
 */
export function entityTokenSource({ settings, timeoutMs, httpClient }: EntityTokenOptions): TokenSource {
  const url = `${checkedEndpoint(settings.endpoint, 'PLAYFAB_ENDPOINT')}/Authentication/GetEntityToken`;
  const postJson = createPostJson(httpClient, ENDPOINT);
  return rememberedTokens(async () => {
    const outcome = await postJson({
      url,
      headers: { 'x-secretkey': settings.secretKey },
      body: {},
      signal: AbortSignal.timeout(timeoutMs),
    });
    switch (outcome.kind) {
      case 'answered':
        return tokenIn(outcome);
      case 'not-sent':
        throw new TokenUnavailableError(`${NO_TOKEN} ${outcome.reason}`);
      case 'lost':
        throw new TokenUnavailableError(`${NO_TOKEN} GetEntityToken gave no answer (${outcome.reason}).`);
    }
  });
}

function tokenIn(answered: Answered): AccessToken {
  const { status, body } = answered;
  if (status >= 300) throw refusal(answered);
  if (body.kind === 'not-decoded') throw new TokenUnavailableError(`${NO_TOKEN} ${body.reason}`);
  if (body.kind !== 'json' || !validatePlayFabToken(body.value)) {
    throw new TokenUnavailableError(`${NO_TOKEN} The answer of GetEntityToken is not of its schema.`);
  }
  const { EntityToken: token, TokenExpiration: expiration } = body.value.data;
  const statedMs = Date.parse(expiration ?? '');
  return { token, expiresOnTimestamp: Number.isNaN(statedMs) ? Date.now() + UNSTATED_LIFE_MS : statedMs };
}

/** Client errors last until somebody changes a setting, except those that ask to be repeated. */
function refusal(answered: Answered): TokenUnavailableError {
  const { status } = answered;
  const { failure, retryAfterMs } = playFabError(answered);
  if (status >= 400 && failure === 'rejected') {
    const what = `PlayFab gave no entity token (GetEntityToken answered ${status})`;
    const address = OF_PLAYFAB.has(status) ? '' : 'PLAYFAB_ENDPOINT, ';
    return new TokenUnavailableError(`${what}: check ${address}PLAYFAB_SECRET_KEY and PLAYFAB_TITLE_ID.`, {
      final: true,
    });
  }
  return new TokenUnavailableError(`${NO_TOKEN} GetEntityToken answered ${status}.`, { retryAfterMs });
}
