import { TableClient } from '@azure/data-tables';
import { SESSION_ROW_KEY } from '../../../lib/ledger/sessions/sessionRow.ts';
import { isHintsRow } from '../../../lib/ledger/sessions/tableHints.ts';
import { TABLES } from '../../../lib/ledger/tables/tableClients.ts';
import type { TableRow, Tables } from './evidence.ts';

/** Creates the tables, as the template does in Azure before any broker runs. */
export async function createTables(connectionString: string): Promise<void> {
  await Promise.all(Object.values(TABLES).map((table) => clientOf(connectionString, table).createTable()));
}

export async function removeSession(connectionString: string, sessionId: string): Promise<void> {
  await clientOf(connectionString, TABLES.sessions).deleteEntity(sessionId, SESSION_ROW_KEY);
}

/** Reads both tables whole, past every proxy. */
export async function readTables(connectionString: string): Promise<Tables> {
  const [rows, history] = await Promise.all([
    readAll(connectionString, TABLES.sessions),
    readAll(connectionString, TABLES.history),
  ]);
  // The sweep keeps its own place in the history's table.
  const [hints, sessions] = [rows.filter(isHintsRow), rows.filter((row) => !isHintsRow(row))];
  return { sessions, hints, history: history.filter((row) => row['sessionId'] !== undefined) };
}

export async function readAll(connectionString: string, table: string): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  for await (const row of clientOf(connectionString, table).listEntities())
    rows.push(row as unknown as TableRow);
  return rows;
}

export function clientOf(connectionString: string, table: string): TableClient {
  return TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
}
