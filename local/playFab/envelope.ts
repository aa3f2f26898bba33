import type { Answer } from '../fleet/protocol.ts';

/**
 * The errors that this simulator answers, by itself or by a fault rule: HTTP status, its name, and PlayFab's own number
 * (learn.microsoft.com, "Global API method error codes" and "HTTP response status codes"; the numbers from 1334 on as
 * PlayFab's published SDKs list them).
 */
const ERRORS = {
  InvalidParams: [400, 'BadRequest', 1000],
  InvalidRequest: [400, 'BadRequest', 1071],
  InvalidContentType: [400, 'BadRequest', 1144],
  NotAuthenticated: [401, 'Unauthorized', 1074],
  EntityTokenMissing: [401, 'Unauthorized', 1334],
  EntityTokenInvalid: [401, 'Unauthorized', 1335],
  EntityTokenExpired: [401, 'Unauthorized', 1336],
  APIClientRequestRateLimitExceeded: [429, 'TooManyRequests', 1199],
  MultiplayerServerTooManyRequests: [429, 'TooManyRequests', 1380],
  MultiplayerServerNotFound: [404, 'NotFound', 1385],
  MultiplayerServerConflict: [409, 'Conflict', 1386],
  MultiplayerServerUnavailable: [503, 'ServiceUnavailable', 1388],
} as const;

export type PlayFabError = keyof typeof ERRORS;

/** PlayFab's error envelope. There is no `retryAfterSeconds`: a fault rule can add a Retry-After, or a whole body. */
export function errorAnswer(error: PlayFabError, ...problems: string[]): Answer {
  const [code, status, errorCode] = ERRORS[error];
  return {
    status: code,
    body: { code, status, error, errorCode, errorMessage: `${problems.join('; ')}.` },
  };
}

/** The answer to members that do not fit the schema; `errorDetails` lists the problems by the member's name. */
export function invalidParams(problems: readonly string[]): Answer {
  const { status, body } = errorAnswer('InvalidParams', ...problems);
  const named = problems.filter((problem) => memberOf(problem) !== undefined);
  const errorDetails = Object.groupBy(named, (problem) => memberOf(problem) ?? '');
  return { status, body: { ...(body as object), errorDetails } };
}

/** The member of the request that a line of `InvalidInput` is about; undefined for a line about the whole request. */
function memberOf(problem: string): string | undefined {
  const [, inside, missing, unknown] =
    /^\/(\w+)|^\/ must have required property '(\w+)'|^\/ must NOT have additional properties: "(\w+)"/.exec(
      problem,
    ) ?? [];
  return inside ?? missing ?? unknown;
}

/** PlayFab's envelope of a success. */
export function dataAnswer(data: object): Answer {
  return { status: 200, body: { code: 200, status: 'OK', data } };
}
