/**
 * Runs `prune` and `sweep` once on real tables: hours of attempts in Azurite, whose sessions have expired and which are
 * past retention. Counts the storage requests at the client. Azurite is not the service: the counts are what counts.
 */
import { TableClient } from '@azure/data-tables';
import { Command } from 'commander';
import { systemClock } from '../lib/clock.ts';
import { inParallel } from '../lib/inParallel.ts';
import { historyHour, historyKey, hourLater, hourStartMs } from '../lib/ledger/history/historyKey.ts';
import { toRow } from '../lib/ledger/sessions/sessionRow.ts';
import { azureScan } from '../lib/ledger/tables/azureScan.ts';
import { azureTable } from '../lib/ledger/tables/azureTable.ts';
import type { Row } from '../lib/ledger/tables/entityTable.ts';
import { TABLES } from '../lib/ledger/tables/tableClients.ts';
import { prune } from '../lib/ledger/upkeep/prune.ts';
import { sweep } from '../lib/ledger/upkeep/sweep.ts';
import { spawnAzurite } from '../local/azurite/spawn.ts';
import { wholeNumber } from '../local/flags.ts';
import { guid } from '../test/support/historyRows.ts';
import { ANSWER, CLAIMED } from '../test/support/sessions.ts';
import { progressLine } from './support/progressLine.ts';
import { noFleet } from '../test/support/noFleet.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Each session's own partition takes a request; attempts go by a hundred. So a session has nine, as after faults. */
const ATTEMPTS_A_SESSION = 9;
/** The broker dies in one attempt of so many. */
const ONE_DIES_OF = 1_000;
const BATCH = 100;
/** Of the history: three pages. Azurite looks through a partition for each row that it writes or deletes. */
const ATTEMPTS_AN_HOUR = 2_700;
/** One request after the other. */
const TIMEOUT_MS = 300_000;
/** Over before it began: by the service's clock the sessions have expired. */
const OVER_MS = -120_000;

const command = new Command('upkeep-azurite')
  .description('Runs prune and sweep once on tables with so many rows in Azurite, and counts requests.')
  .option('--rows <number>', 'rows in all: nine attempts for each session', wholeNumber(10), 200_000)
  .showHelpAfterError();
const { rows } = command.parse().opts<{ readonly rows: number }>();

const lastHour = historyHour(Date.now() - 2 * DAY_MS);
const sessionCount = Math.floor(rows / (ATTEMPTS_A_SESSION + 1));
const attemptCount = sessionCount * ATTEMPTS_A_SESSION;
const azurite = await spawnAzurite();
try {
  const clients = clientsOf(azurite.connectionString);
  await seed(clients);
  const tables = {
    sessions: azureTable(clients.sessions),
    sessionScan: azureScan(clients.sessions, TIMEOUT_MS),
    history: azureTable(clients.history),
    historyScan: azureScan(clients.history, TIMEOUT_MS),
    quotas: azureTable(clients.quotas),
    quotaScan: azureScan(clients.quotas, TIMEOUT_MS),
    // As empty as the quotas.
    requestScan: azureScan(clients.quotas, TIMEOUT_MS),
    clock: systemClock,
    sessionTtlMs: 0,
  };
  const run = { everything: true, mostMs: HOUR_MS };
  await measured('sweep', clients, () =>
    sweep({ ...tables, teller: noFleet, retentionMs: 30 * DAY_MS }, run),
  );
  await measured('prune', clients, () => prune({ ...tables, retentionMs: DAY_MS }, HOUR_MS));
  await measured('prune', clients, () => prune({ ...tables, retentionMs: DAY_MS }, HOUR_MS));
} finally {
  await azurite.stop();
}

/** The tables that the timers tidy up. */
type Table = 'sessions' | 'history' | 'quotas';
type Clients = Readonly<Record<Table, TableClient>> & { requests: number };

function clientsOf(connectionString: string): Clients {
  const one = (table: Table): TableClient => {
    const client = TableClient.fromConnectionString(connectionString, TABLES[table], {
      allowInsecureConnection: true,
    });
    client.pipeline.addPolicy({
      name: 'count',
      sendRequest: (request, next) => {
        clients.requests += 1;
        return next(request);
      },
    });
    return client;
  };
  const clients = { sessions: one('sessions'), history: one('history'), quotas: one('quotas'), requests: 0 };
  return clients;
}

async function seed(clients: Clients): Promise<void> {
  await Promise.all([clients.sessions.createTable(), clients.history.createTable()]);
  const progress = progressLine('rows', sessionCount + attemptCount);
  let written = 0;
  const told = (count: number): void => progress((written += count));
  const batches = Array.from({ length: Math.ceil(attemptCount / BATCH) }, (_, index) => index * BATCH);
  await inParallel(batches, 4, async (from) => {
    const numbers = Array.from({ length: Math.min(BATCH, attemptCount - from) }, (_, index) => from + index);
    await clients.history.submitTransaction(numbers.map((number) => ['create', attempt(number)]));
    told(numbers.length);
  });
  const sessions = Array.from({ length: sessionCount }, (_, index) => index);
  await inParallel(sessions, 16, async (number) => {
    await clients.sessions.createEntity(session(number));
    told(1);
  });
}

function hourOf(number: number): string {
  return hourLater(lastHour, -Math.floor(number / ATTEMPTS_AN_HOUR));
}

function dies(number: number): boolean {
  return number % ONE_DIES_OF === ATTEMPTS_A_SESSION - 1;
}

/** Attempts of a session follow each other, as take-overs do. */
function attempt(number: number): Row {
  const sessionId = guid(Math.floor(number / ATTEMPTS_A_SESSION));
  const share = (number % ATTEMPTS_AN_HOUR) / ATTEMPTS_AN_HOUR;
  const claimedAtMs = hourStartMs(hourOf(number)) + Math.floor(share * HOUR_MS);
  const outcome = dies(number) ? 'open' : 'allocated';
  const cells = {
    sessionId,
    attemptId: CLAIMED.attemptId,
    outcome,
    locations: '["West US"]',
    writeId: 'seed',
  };
  return {
    ...historyKey(claimedAtMs, sessionId, CLAIMED.attemptId),
    ...cells,
    claimedAt: new Date(claimedAtMs),
  };
}

function session(number: number): Row {
  const sessionId = guid(number);
  const lastAttempt = number * ATTEMPTS_A_SESSION + ATTEMPTS_A_SESSION - 1;
  const history = { partitionKey: hourOf(lastAttempt), rowKey: 'the last' };
  const isDead = dies(lastAttempt);
  const state = isDead ? CLAIMED : { ...CLAIMED, ...ANSWER, state: 'allocated' as const };
  return toRow(
    { ...state, sessionId, history },
    { clock: systemClock, leaseMs: OVER_MS, sessionTtlMs: OVER_MS },
  );
}

async function measured(name: string, clients: Clients, work: () => Promise<object>): Promise<void> {
  const [before, cpu, startedMs] = [clients.requests, process.cpuUsage(), performance.now()];
  const report = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  const requests = clients.requests - before;
  const cpuMs = ((user + system) / 1_000 / requests).toFixed(2);
  console.log(`${name}: ${seconds} s, ${requests} requests, ${cpuMs} ms of processor time each`);
  console.log(JSON.stringify(report));
}
