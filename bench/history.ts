/**
 * Measures what a query of one hour costs when the table holds a hundred times as many attempts: the ratio of storage
 * requests, counted at the client. Both tables hold the same number of attempts in that hour.
 */
import { TableClient } from '@azure/data-tables';
import { Command } from 'commander';
import { azureScan } from '../lib/ledger/tables/azureScan.ts';
import { historyHour, hourStartMs } from '../lib/ledger/history/historyKey.ts';
import { queryHistory } from '../lib/ledger/reading/historyQuery.ts';
import { spawnAzurite } from '../local/azurite/spawn.ts';
import { seedHistory } from './support/historySeed.ts';
import { progressLine } from './support/progressLine.ts';

const SMALL = 1_000;
const LARGE = 100_000;
const HOURS = 48;
const IN_THE_HOUR = 500;
const HOUR_MS = 3_600_000;
/** Pages of the default size, so that the query takes several requests. */
const LIMIT = 100;

interface Counted {
  readonly attempts: number;
  readonly requests: number;
}

const command = new Command('bench:history')
  .description(`Counts the storage requests of a one-hour query in tables of ${SMALL} and ${LARGE} attempts.`)
  .option('--json', 'print one JSON object')
  .showHelpAfterError();
const { json } = command.parse().opts<{ readonly json?: true }>();

/** The end of the last whole hour, which is exactly what the query asks for. */
const untilMs = hourStartMs(historyHour(Date.now()));
const azurite = await spawnAzurite();
try {
  const small = await measure('small', SMALL);
  const large = await measure('large', LARGE);
  const ratio = large.requests / small.requests;
  if (json === true) console.log(JSON.stringify({ small, large, ratio }));
  else console.log(readable(small, large, ratio));
  process.exitCode = ratio === 1 && small.attempts === large.attempts ? 0 : 1;
} finally {
  await azurite.stop();
}

async function measure(name: string, rows: number): Promise<Counted> {
  const client = TableClient.fromConnectionString(azurite.connectionString, `history${name}`, {
    allowInsecureConnection: true,
  });
  const onProgress = progressLine(`table of ${rows}`, rows);
  await seedHistory(client, { rows, hours: HOURS, inLastHour: IN_THE_HOUR, untilMs, seed: 1, onProgress });
  let requests = 0;
  client.pipeline.addPolicy({
    name: 'count',
    sendRequest: (request, next) => {
      requests += 1;
      return next(request);
    },
  });
  const scan = azureScan(client);
  let attempts = 0;
  let continuation: string | undefined;
  do {
    const query = { sinceMs: untilMs - HOUR_MS, untilMs, limit: LIMIT, continuation };
    const page = await queryHistory(scan, query);
    attempts += page.rows.length;
    ({ continuation } = page);
  } while (continuation !== undefined);
  return { attempts, requests };
}

function readable(small: Counted, large: Counted, ratio: number): string {
  const line = (rows: number, { attempts, requests }: Counted): string =>
    `${String(rows).padStart(7)} rows in the table: ${attempts} attempts of one hour in ${requests} storage requests`;
  return [line(SMALL, small), line(LARGE, large), `ratio: ${ratio.toFixed(2)}`].join('\n');
}
