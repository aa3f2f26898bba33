import type { TokenSettings } from '../../config/settings.ts';
import { managedIdentityTokenSource } from './managedIdentity.ts';

export interface TokenSourceOptions {
  /** The token that the fleet has just refused: not to be answered again where there is any other. */
  readonly refused?: string | undefined;
}

/** Where a driver gets its service token from. */
export interface TokenSource {
  /**
   * A token that is valid for some time to come.
   *
   * @throws {@link TokenUnavailableError}, or the signal's reason where it ended the wait
   */
  get(signal: AbortSignal, options?: TokenSourceOptions): Promise<string>;
}

export function createTokenSource(settings: TokenSettings): TokenSource {
  return settings.kind === 'static'
    ? staticTokenSource(settings.token)
    : managedIdentityTokenSource(settings);
}

/** A token from the settings, a Key Vault reference for example. Another one comes only with a restart. */
export function staticTokenSource(token: string): TokenSource {
  return { get: () => Promise.resolve(token) };
}
