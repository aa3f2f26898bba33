import type { TokenCredential } from '@azure/core-auth';
import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import { managedIdentity } from '../../managedIdentity.ts';

/** How the tables are reached: by a connection string, or by the app's managed identity. */
export type StorageSettings =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | { readonly kind: 'identity'; readonly tableServiceUri: string; readonly clientId?: string };

/** The names are fixed: operators query them, and the template creates them. */
export const TABLES = {
  sessions: 'brokersessions',
  history: 'brokerhistory',
  quotas: 'brokerquotas',
} as const;

/**
 * The SDK's own repeats, for a blip on the way. Its defaults (3, from 1 s) would outlast a caller's wait; what is
 * still broken after these is a fault, and the protocol deals with it.
 */
const RETRY_OPTIONS = { maxRetries: 2, retryDelayInMs: 50, maxRetryDelayInMs: 400 };

/**
 * Clients of the broker's tables. Nothing is sent until a table is used.
 *
 * @param signedIn who reads where there is no connection string; default: the app's managed identity
 */
export function tableClients(
  storage: StorageSettings,
  signedIn?: TokenCredential,
): (table: keyof typeof TABLES) => TableClient {
  const options: TableServiceClientOptions = { retryOptions: RETRY_OPTIONS };
  if (storage.kind === 'connection-string') {
    const { connectionString } = storage;
    // http is for the emulator on this machine: the settings refuse it for any other.
    const local = { ...options, allowInsecureConnection: true };
    return (table) => TableClient.fromConnectionString(connectionString, TABLES[table], local);
  }
  const credential = signedIn ?? managedIdentity(storage.clientId);
  return (table) => new TableClient(storage.tableServiceUri, TABLES[table], credential, options);
}
