import { odata, TableClient } from '@azure/data-tables';

/** A row as the table service gives it: dates are Date, 32-bit numbers are number. */
export type Row = Readonly<Record<string, unknown>>;

export interface Tables {
  /** The session's row; undefined when it has none. */
  session(sessionId: string): Promise<Row | undefined>;
  /** The session's attempts, newest first. */
  attempts(sessionId: string): Promise<Row[]>;
  all(table: TableName): Promise<Row[]>;
  /** Deletes the rows that the filter finds, or all, as if they had never been written. @returns how many */
  lose(table: TableName, filter?: string): Promise<number>;
}

type TableName = 'brokersessions' | 'brokerhistory' | 'brokerquotas' | 'brokerrequests';

/** Reads the broker's tables past the broker. */
export function tablesOf(connectionString: string): Tables {
  const client = (name: string): TableClient =>
    TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
  const rows = async (table: string, filter?: string): Promise<Row[]> => {
    const found: Row[] = [];
    for await (const row of client(table).listEntities(
      filter === undefined ? {} : { queryOptions: { filter } },
    ))
      found.push(row);
    return found;
  };
  return {
    session: async (sessionId) => (await rows('brokersessions', odata`PartitionKey eq ${sessionId}`))[0],
    attempts: (sessionId) => rows('brokerhistory', odata`sessionId eq ${sessionId}`),
    all: (table) => rows(table),
    async lose(table, filter) {
      const found = await rows(table, filter);
      for (const { partitionKey, rowKey } of found) {
        await client(table).deleteEntity(String(partitionKey), String(rowKey));
      }
      return found.length;
    },
  };
}
