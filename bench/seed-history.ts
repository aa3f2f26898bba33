/** Fills a history table with attempts as the broker writes them, to try queries, the page and the timers on. */
import { TableClient } from '@azure/data-tables';
import { Command, InvalidArgumentError } from 'commander';
import { TABLES } from '../lib/ledger/tables/tableClients.ts';
import { seedHistory } from './support/historySeed.ts';
import { progressLine } from './support/progressLine.ts';

interface Options {
  readonly rows: number;
  readonly hours: number;
  readonly seed: number;
  readonly connection: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

const command = new Command('seed-history')
  .description(`Fills the table ${TABLES.history} with made-up attempts, up to the last whole hour.`)
  .option('--rows <number>', 'how many attempts', positive, 100_000)
  .option('--hours <number>', 'over how many hours they are spread', positive, 48)
  .option('--seed <number>', 'the same seed draws the same attempts, ids and times apart', positive, 1)
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
