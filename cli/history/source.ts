import { runningStack } from '../../local/runningStack.ts';
import { type StorageSettings, tableClients } from '../../lib/ledger/tables/tableClients.ts';
import { rememberedTokens } from '../../lib/identity/remembered.ts';
import { azureScan } from '../../lib/ledger/tables/azureScan.ts';
import { azureTable } from '../../lib/ledger/tables/azureTable.ts';
import { onceSuccessful } from '../../lib/once.ts';
import type { HistoryTables } from '../../lib/ledger/reading/sessionAttempts.ts';
import type { PartitionScan } from '../../lib/ledger/tables/partitionScan.ts';
import type { TableTokens } from '../../lib/ledger/tables/tokenPolicy.ts';
import type { Options } from './options.ts';

/** Where the history is read from. */
export interface Source {
  /** For people: which account, and how it was found. Never a key. */
  readonly name: string;
  readonly tables: CommandTables;
}

export interface CommandTables extends HistoryTables {
  /** How requests were answered; absent where nobody counts. */
  readonly requestScan?: PartitionScan;
}

/** What names the tables cannot be read; the message says which, and never repeats it: it may hold a key. */
export class UnreadableSourceError extends Error {
  override readonly name = 'UnreadableSourceError';
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The tables that the options, the environment or a running local stack name, in this order: what was said on purpose
 * wins over what happens to run. `undefined` when none does.
 *
 * @throws UnreadableSourceError
 */
export function findSource(
  options: Pick<Options, 'connection' | 'endpoint'>,
  env: Env,
  folder: string,
): Source | undefined {
  const { connection, endpoint } = options;
  if (connection !== undefined) return byConnection(connection, '--connection');
  if (endpoint !== undefined) return byEndpoint(endpoint, '--endpoint');
  const { BrokerStorage, BrokerStorage__tableServiceUri: uri } = env;
  if (BrokerStorage) return byConnection(BrokerStorage, 'BrokerStorage');
  if (uri) return byEndpoint(uri, 'BrokerStorage__tableServiceUri');
  const local = runningStack(folder)?.connectionString;
  return local === undefined ? undefined : byConnection(local, 'the local stack');
}

function byConnection(connectionString: string, found: string): Source {
  try {
    const client = tableClients({ kind: 'connection-string', connectionString });
    return { name: `${client('history').url} (${found})`, tables: tablesOf(client) };
  } catch (error) {
    throw new UnreadableSourceError(`${found} is not the connection string of a storage account`, {
      cause: error,
    });
  }
}

function byEndpoint(tableServiceUri: string, found: string): Source {
  const storage: StorageSettings = { kind: 'identity', tableServiceUri };
  return {
    name: `${tableServiceUri} (${found}, Azure CLI account)`,
    tables: tablesOf(tableClients(storage, azureCli)),
  };
}

function tablesOf(client: ReturnType<typeof tableClients>): CommandTables {
  const history = client('history');
  return {
    sessions: azureTable(client('sessions')),
    history: azureTable(history),
    historyScan: azureScan(history),
    requestScan: azureScan(client('requests')),
  };
}

/** Loads the identity package with the first token: it is large, and a connection string needs none of it. */
function azureCli(scope: string): TableTokens {
  const loaded = onceSuccessful(async () => {
    const { AzureCliCredential } = await import('@azure/identity');
    return new AzureCliCredential();
  });
  const source = rememberedTokens(async () => (await loaded()).getToken(scope));
  return { source, from: 'the Azure CLI account' };
}
