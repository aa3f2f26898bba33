import type { Answered } from '../authorisedCall.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Body } from '../../http/body.ts';
import { boundedRetryAfterMs } from '../http/retryAfter.ts';

/** Where the address of the API comes from, for operators. */
export const ENDPOINT = 'the endpoint (PLAYFAB_ENDPOINT, else by PLAYFAB_TITLE_ID)';

/** What a failure of PlayFab's says. */
export interface PlayFabError {
  /** PlayFab's name of it. */
  readonly name?: string | undefined;
  /** By its name, where that says more than the status. */
  readonly failure: Failure;
  /** The `Retry-After` header, else `retryAfterSeconds` of the body. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * What an error means, where its name says more than its status. Sources: "Global API method error codes" (the names
 * that may be repeated) and the error list of the Multiplayer API, whose names MultiplayerServer… follow the statuses.
 *
 * The documentation does not say which of them a fleet without a free server answers. The broker assumes
 * MultiplayerServerTooManyRequests: Thundernetes, PlayFab's open-source twin with the same request, answers 429 exactly
 * then. If it is mere throttling, the client is still asked to come back later.
 */
const FAILURES: ReadonlyMap<string, Failure> = new Map([
  ['MultiplayerServerTooManyRequests', 'no-capacity'],
  ['MultiplayerServerConflict', 'starting'],
  ['APIClientRequestRateLimitExceeded', 'throttled'],
  ['APIConcurrentRequestLimitExceeded', 'throttled'],
  ['ConcurrentEditError', 'faulty'],
  ['MultiplayerServerInternalServerError', 'faulty'],
  ['MultiplayerServerUnavailable', 'faulty'],
  ['ServiceUnavailable', 'faulty'],
  ['DownstreamServiceUnavailable', 'faulty'],
]);

const TOKEN_ERRORS: ReadonlySet<string> = new Set([
  'EntityTokenMissing',
  'EntityTokenInvalid',
  'EntityTokenExpired',
  'EntityTokenRevoked',
]);

/** What an operator looks at, by the status with which RequestMultiplayerServer refused. */
export const REJECTIONS: ReadonlyMap<number, string> = new Map([
  [
    400,
    'PlayFab refused the parameters: check the buildId or buildAliasId of this mode in BROKER_GAME_MODES, and that ' +
      'every name in BROKER_LOCATIONS is a region of PlayFab (West US or WestUs).',
  ],
  [
    401,
    'PlayFab refused the entity token, a fresh one included: check that PLAYFAB_SECRET_KEY is of PLAYFAB_TITLE_ID.',
  ],
  [
    403,
    'PlayFab does not allow the call: check that the title has multiplayer servers enabled and that its API policy ' +
      'lets the title itself request them.',
  ],
  [
    404,
    'PlayFab knows no such build in these regions: check PLAYFAB_TITLE_ID, PLAYFAB_ENDPOINT, the buildId or ' +
      'buildAliasId of this mode in BROKER_GAME_MODES, and that the build is deployed in BROKER_LOCATIONS.',
  ],
]);

export const UNNAMED_REJECTION =
  'PlayFab answered with a status that its API does not name: check PLAYFAB_ENDPOINT, and that no proxy answers in its place.';

/** Reads what a failure says; a body that is no envelope says nothing. */
export function playFabError({ status, body, retryAfterMs }: Answered): PlayFabError {
  const { error, retryAfterSeconds } = membersOf(body);
  // Each by itself: a member that is not what it should be takes nothing from the other.
  const name = typeof error === 'string' ? error : undefined;
  const askedMs =
    typeof retryAfterSeconds === 'number' ? boundedRetryAfterMs(retryAfterSeconds * 1_000) : undefined;
  return {
    name,
    failure: FAILURES.get(name ?? '') ?? failureOf(status),
    retryAfterMs: retryAfterMs ?? askedMs,
  };
}

/** The status that the envelope itself has, whatever it may be. */
export function codeIn(body: Body): unknown {
  return membersOf(body).code;
}

interface Members {
  readonly code?: unknown;
  readonly error?: unknown;
  readonly retryAfterSeconds?: unknown;
}

function membersOf(body: Body): Members {
  return body.kind === 'json' && typeof body.value === 'object' && body.value !== null ? body.value : {};
}

/** Whether another entity token may help. */
export function isTokenRefused(answered: Answered): boolean {
  if (answered.status < 400) return false;
  return answered.status === 401 || TOKEN_ERRORS.has(playFabError(answered).name ?? '');
}
