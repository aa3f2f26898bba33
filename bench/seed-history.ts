/** Fills a history table with attempts as the broker writes them, to try queries, the page and the timers on. */
import { TableClient } from '@azure/data-tables';
import { Command } from 'commander';
import { TABLES } from '../lib/ledger/tables/tableClients.ts';
import { wholeNumber } from '../local/flags.ts';
import { seedHistory } from './support/historySeed.ts';
import { progressLine } from './support/progressLine.ts';

interface Options {
  readonly rows: number;
  readonly hours: number;
  readonly seed: number;
  readonly connection: string;
}

const command = new Command('seed-history')
  .description(`Fills the table ${TABLES.history} with made-up attempts, up to the last whole hour.`)
  .option('--rows <number>', 'how many attempts', wholeNumber(1), 100_000)
  .option('--hours <number>', 'over how many hours they are spread', wholeNumber(1), 48)
  .option('--seed <number>', 'the same seed draws the same attempts, ids and times apart', wholeNumber(1), 1)
  .requiredOption('--connection <string>', 'connection string of the tables; npm start prints one')
  .addHelpText(
    'after',
    '\nExample:\n  node bench/seed-history.ts --rows 100000 --hours 48 --connection "$BrokerStorage"',
  )
  .showHelpAfterError();

const { rows, hours, seed, connection } = command.parse().opts<Options>();
const client = TableClient.fromConnectionString(connection, TABLES.history, {
  allowInsecureConnection: true,
});
await seedHistory(client, {
  rows,
  hours,
  seed,
  inLastHour: Math.ceil(rows / hours),
  untilMs: Date.now(),
  onProgress: progressLine('attempts', rows),
});
