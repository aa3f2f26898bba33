/** Where a fleet's service token comes from, by the settings. */
export type TokenSettings =
  | { readonly kind: 'managed-identity'; readonly scope: string; readonly clientId?: string }
  | { readonly kind: 'static'; readonly token: string };
