import { managedIdentityTokens } from '../../identity/managedIdentity.ts';
import type { TokenSource } from '../../identity/tokenSource.ts';
import type { TokenSettings } from './settings.ts';

/** Where the service token comes from, by the settings. */
export function createTokenSource(settings: TokenSettings): TokenSource {
  return settings.kind === 'static' ? staticTokenSource(settings.token) : managedIdentityTokens(settings);
}

/** A token from the settings, a Key Vault reference for example. Another one comes only with a restart. */
export function staticTokenSource(token: string): TokenSource {
  return { get: () => Promise.resolve(token) };
}
