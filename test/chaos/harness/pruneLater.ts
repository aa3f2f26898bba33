import { systemClock } from '../../../lib/clock.ts';
import { azureScan } from '../../../lib/ledger/tables/azureScan.ts';
import { azureTable } from '../../../lib/ledger/tables/azureTable.ts';
import type { EntityTable, Stored } from '../../../lib/ledger/tables/entityTable.ts';
import type { Page, PartitionScan } from '../../../lib/ledger/tables/partitionScan.ts';
import { TABLES } from '../../../lib/ledger/tables/tableClients.ts';
import { prune } from '../../../lib/ledger/upkeep/prune.ts';
import type { Pruned } from './evidence.ts';
import { clientOf, readAll } from './tables.ts';

const HOUR_MS = 3_600_000;
const SESSION_TTL_MS = 24 * HOUR_MS;
/** When every session has expired, and what nothing names is old enough to be looked for. */
const LATER_MS = SESSION_TTL_MS + 27 * HOUR_MS;
const RETENTION_MS = 30 * 24 * HOUR_MS;
const MOST_MS = 10 * 60_000;

/** Runs prune as it would run days from now: every clock says so, that of the storage service included. */
export async function pruneLater(connectionString: string): Promise<Pruned> {
  const [sessions, history, quotas, requests] = Object.values(TABLES).map((table) =>
    clientOf(connectionString, table),
  );
  if (sessions === undefined || history === undefined || quotas === undefined || requests === undefined)
    throw new Error('four tables');
  const { sessionsRemoved, straySessionsRemoved: straysRemoved } = await prune(
    {
      sessions: laterTable(azureTable(sessions)),
      sessionScan: laterScan(azureScan(sessions)),
      history: laterTable(azureTable(history)),
      historyScan: laterScan(azureScan(history)),
      quotas: laterTable(azureTable(quotas)),
      quotaScan: laterScan(azureScan(quotas)),
      requestScan: laterScan(azureScan(requests)),
      clock: { ...systemClock, wallMs: () => Date.now() + LATER_MS },
      sessionTtlMs: SESSION_TTL_MS,
      retentionMs: RETENTION_MS,
    },
    MOST_MS,
  );
  const rows = await readAll(connectionString, TABLES.sessions);
  return {
    sessionsRemoved,
    straysRemoved,
    left: rows.map(({ partitionKey, rowKey }) => `${partitionKey} ${rowKey}`),
  };
}

function laterTable(table: EntityTable): EntityTable {
  const read = async (partitionKey: string, rowKey: string): Promise<Stored | undefined> => {
    const stored = await table.read(partitionKey, rowKey);
    return stored && later(stored);
  };
  return { ...table, read };
}

function laterScan(scan: PartitionScan): PartitionScan {
  const laterPage = (page: Page): Page => ({ ...page, rows: page.rows.map(later) });
  return {
    ...scan,
    page: async (request) => laterPage(await scan.page(request)),
    pageOlder: async (request) => laterPage(await scan.pageOlder(request)),
  };
}

const later = (stored: Stored): Stored => ({ ...stored, readAtMs: stored.readAtMs + LATER_MS });
