/** What the driver needs to call PlayFab Multiplayer Servers for one title. */
export interface PlayFabSettings {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly secretKey: string;
  readonly hostName: 'fqdn' | 'ipv4';
}
