/** What an operator looks at, by the status with which the sessionhosts API refused. */
export const REJECTIONS: ReadonlyMap<number, string> = new Map([
  [
    400,
    'The fleet refused the parameters: check BROKER_SANDBOX_ID, BROKER_CLOUD_GAME_ID, the gameModeId of this mode in ' +
      'BROKER_GAME_MODES, and that every name in BROKER_LOCATIONS is one the fleet knows.',
  ],
  [
    401,
    'The fleet refused the token, a fresh one included: check SESSIONHOSTS_TOKEN, or SESSIONHOSTS_TOKEN_SCOPE and ' +
      'SESSIONHOSTS_TOKEN_CLIENT_ID, and SESSIONHOSTS_AUTH_SCHEME.',
  ],
  [
    403,
    'The fleet knows the token and does not allow the call: check that its identity may allocate for this title ' +
      'and sandbox, SESSIONHOSTS_TOKEN_SCOPE, and SESSIONHOSTS_AUTH_SCHEME.',
  ],
  [404, 'The fleet knows no such title: check BROKER_TITLE_ID, its subscription, and SESSIONHOSTS_ENDPOINT.'],
]);

export const UNNAMED_REJECTION =
  'The fleet answered with a status that its API does not name: check SESSIONHOSTS_ENDPOINT and ' +
  'SESSIONHOSTS_CONTRACT_VERSION, and that no proxy answers in its place.';
