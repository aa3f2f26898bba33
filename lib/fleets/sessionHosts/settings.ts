/** What the driver needs to call the sessionhosts API of one title. */
export interface SessionHostsSettings {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly titleId: string;
  readonly sandboxId: string;
  readonly cloudGameId: string;
  readonly token: TokenSettings;
  readonly authScheme: 'Bearer' | 'XBL3.0';
  readonly contractVersion: string;
}

/** Where the service token comes from. */
export type TokenSettings =
  | { readonly kind: 'managed-identity'; readonly scope: string; readonly clientId?: string }
  | { readonly kind: 'static'; readonly token: string };
