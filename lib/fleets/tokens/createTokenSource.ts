import { managedIdentityTokenSource } from './managedIdentity.ts';
import type { TokenSettings, TokenSource } from './tokenSource.ts';

export function createTokenSource(settings: TokenSettings): TokenSource {
  return settings.kind === 'static'
    ? staticTokenSource(settings.token)
    : managedIdentityTokenSource(settings);
}

/** A token from the settings, a Key Vault reference for example. Another one comes only with a restart. */
export function staticTokenSource(token: string): TokenSource {
  return { get: () => Promise.resolve(token) };
}
