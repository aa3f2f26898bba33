import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import { managedIdentityTokens } from '../../identity/managedIdentity.ts';
import { type TableTokens, tokenPolicy } from './tokenPolicy.ts';

/** How the tables are reached: by a connection string, or by the app's managed identity. */
export type StorageSettings =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | { readonly kind: 'identity'; readonly tableServiceUri: string; readonly clientId?: string };

/** The names are fixed: operators query them, and the template creates them. */
export const TABLES = {
  sessions: 'brokersessions',
  history: 'brokerhistory',
  quotas: 'brokerquotas',
  requests: 'brokerrequests',
} as const;

/**
 * The SDK's own repeats, for a blip on the way. Its defaults (3, from 1 s) would outlast a caller's wait; what is
 * still broken after these is a fault, and the protocol deals with it.
 */
const RETRY_OPTIONS = { maxRetries: 2, retryDelayInMs: 50, maxRetryDelayInMs: 400 };

/**
 * Clients of the broker's tables. Nothing is sent until a table is used.
 *
 * @param signedIn whose tokens are used where there is no connection string; default: the app's managed identity's
 */
export function tableClients(
  storage: StorageSettings,
  signedIn?: (scope: string) => TableTokens,
): (table: keyof typeof TABLES) => TableClient {
  const options: TableServiceClientOptions = { retryOptions: RETRY_OPTIONS };
  if (storage.kind === 'connection-string') {
    const { connectionString } = storage;
    // http is for the emulator on this machine: the settings refuse it for any other.
    const local = { ...options, allowInsecureConnection: true };
    return (table) => TableClient.fromConnectionString(connectionString, TABLES[table], local);
  }
  const { tableServiceUri, clientId } = storage;
  const policy = tokenPolicy((signedIn ?? managedIdentity(clientId))(scopeOf(tableServiceUri)));
  return (table) => {
    const client = new TableClient(tableServiceUri, TABLES[table], options);
    // Behind the SDK's repeats: each has a token that is good.
    client.pipeline.addPolicy(policy, { phase: 'Sign' });
    return client;
  };
}

function managedIdentity(clientId: string | undefined): (scope: string) => TableTokens {
  return (scope) => ({ source: managedIdentityTokens({ scope, clientId }), from: 'the managed identity' });
}

/** Azure Cosmos DB for Table speaks the same protocol, to tokens of its own. */
function scopeOf(tableServiceUri: string): string {
  const isCosmos = /\.table\.cosmos(db)?\./.test(new URL(tableServiceUri).hostname);
  return `https://${isCosmos ? 'cosmos' : 'storage'}.azure.com/.default`;
}
