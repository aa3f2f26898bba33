import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StorageSettings, tableClients } from '../../lib/ledger/tables/tableClients.ts';
import { rememberedTokens } from '../../lib/identity/remembered.ts';
import { azureScan } from '../../lib/ledger/tables/azureScan.ts';
import { azureTable } from '../../lib/ledger/tables/azureTable.ts';
import { onceSuccessful } from '../../lib/once.ts';
import type { HistoryTables } from '../../lib/ledger/reading/sessionAttempts.ts';
import type { TableTokens } from '../../lib/ledger/tables/tokenPolicy.ts';
import type { Options } from './options.ts';

/** Where the history is read from. */
export interface Source {
  /** For people: which account, and how it was found. Never a key. */
  readonly name: string;
  readonly tables: HistoryTables;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The tables that the options, the environment or a running local stack name, in this order: what was said on purpose
 * wins over what happens to run. `undefined` when none does.
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
  const local = runningStack(folder);
  return local === undefined ? undefined : byConnection(local, 'the local stack');
}

function byConnection(connectionString: string, found: string): Source {
  const client = tableClients({ kind: 'connection-string', connectionString });
  return { name: `${client('history').url} (${found})`, tables: tablesOf(client) };
}

function byEndpoint(tableServiceUri: string, found: string): Source {
  const storage: StorageSettings = { kind: 'identity', tableServiceUri };
  return {
    name: `${tableServiceUri} (${found}, Azure CLI account)`,
    tables: tablesOf(tableClients(storage, azureCli)),
  };
}

function tablesOf(client: ReturnType<typeof tableClients>): HistoryTables {
  const history = client('history');
  return {
    sessions: azureTable(client('sessions')),
    history: azureTable(history),
    historyScan: azureScan(history),
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

/** The connection string of the stack that `npm start` runs in this folder, while it runs. */
function runningStack(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, '.local/stack.json'), 'utf8');
    const { pid, connectionString } = JSON.parse(text) as { pid: number; connectionString: string };
    // Signal 0 only asks; it throws when there is no such process, after a crash.
    process.kill(pid, 0);
    return connectionString;
  } catch {
    return undefined;
  }
}
