import { TableClient } from '@azure/data-tables';
import type { TableRow, Tables } from './evidence.ts';

/** Reads both tables whole, past every proxy. */
export async function readTables(connectionString: string): Promise<Tables> {
  const [sessions, history] = await Promise.all([
    readAll(connectionString, 'brokersessions'),
    readAll(connectionString, 'brokerhistory'),
  ]);
  // The sweep keeps its own place in the history's table.
  return { sessions, history: history.filter((row) => row['sessionId'] !== undefined) };
}

async function readAll(connectionString: string, table: string): Promise<TableRow[]> {
  const client = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  const rows: TableRow[] = [];
  for await (const row of client.listEntities()) rows.push(row as unknown as TableRow);
  return rows;
}
