/** What one request may hold. The OpenAPI document and the checks read the same figures. */
export const LIMITS = {
  /** 64 players with 16 locations each are some 50 KB of JSON. */
  bodyBytes: 64 * 1024,
  /** Azure has some 60 regions; more in one list is a mistake. */
  latenciesPerList: 64,
  players: 64,
  /** Over all players; bounds the work of placement whatever the split. */
  measurements: 1024,
  /** In UTF-8. */
  cookieBytes: 4096,
  /** A minute: whatever takes longer was not a latency. */
  latencyMs: 60_000,
  nameCharacters: 128,
  /** This many mistakes are reported at once; a client that makes more learns the rest after mending these. */
  errors: 16,
} as const;
