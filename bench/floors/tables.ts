/**
 * Bare table operations, with the clients that the broker uses but without the broker. Runs in its own process, as the
 * broker does, and does what its parent sends.
 */
import { randomUUID } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { tableClients } from '../../lib/ledger/tables/tableClients.ts';
import { secondsOf } from '../support/client.ts';
import type { TablesJob, TablesSetup } from '../support/tablesFloor.ts';

const { storage, fleet } = JSON.parse(process.argv[2] ?? '') as TablesSetup;
const client = tableClients({ kind: 'connection-string', connectionString: storage });
const sessions = client('sessions');
const history = client('history');

process.once('disconnect', () => process.exit(0));
process.on('message', (job: TablesJob) => {
  run(job).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ value: 0 });

/** Resolves with the milliseconds of one operation or sequence, or with the seconds of many. */
async function run(job: TablesJob): Promise<number> {
  switch (job.kind) {
    case 'allocation':
      return timed(() => allocation());
    case 'read':
      return timed(() => sessions.getEntity(job.sessionId, 'session'));
    case 'operations':
      return secondsOf(job.allocations, job.concurrency, () => operations());
  }
}

/** The least that an allocation can be: insert, insert, fetch, replace, one after the other. */
async function allocation(): Promise<void> {
  const sessionId = randomUUID();
  const etag = await insert(sessions, sessionRow(sessionId));
  await insert(history, historyRow(sessionId));
  const response = await fetch(fleet.url, {
    method: 'POST',
    headers: fleet.headers,
    body: JSON.stringify({ ...fleet.body, sessionId }),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`the fleet answered ${response.status}`);
  await sessions.updateEntity({ ...sessionRow(sessionId), body }, 'Replace', { etag });
}

/** The five operations of a new allocation, as many at a time as the broker sends: a pair, one, a pair. */
async function operations(): Promise<void> {
  const sessionId = randomUUID();
  const row = sessionRow(sessionId);
  const entry = historyRow(sessionId);
  const [etag] = await Promise.all([
    insert(sessions, row),
    // The read may come before the insert or after it: both cost the same.
    sessions.getEntity(row.partitionKey, row.rowKey).catch(() => undefined),
  ]);
  const entryEtag = await insert(history, entry);
  await Promise.all([
    sessions.updateEntity({ ...row, body: BODY }, 'Replace', { etag }),
    history.updateEntity({ ...entry, outcome: 'allocated' }, 'Replace', { etag: entryEtag }),
  ]);
}

const BODY = 'x'.repeat(350);

async function insert(table: TableClient, row: ReturnType<typeof sessionRow>): Promise<string> {
  return (await table.createEntity(row)).etag ?? '';
}

/** As many and as large columns as the broker's own rows have. */
function sessionRow(sessionId: string) {
  return {
    partitionKey: sessionId,
    rowKey: 'session',
    writeId: randomUUID(),
    attemptId: randomUUID(),
    state: 'claimed',
    generation: 1,
    gameMode: 'duel',
    cookieSalt: 'AAAAAAAAAAAAAAAA',
    maybeStarted: false,
    leaseMs: 11_000,
    leaseUntil: new Date(),
    claimedAt: new Date(),
    expiresAt: new Date(),
    historyPartition: '2026-11-22T08',
    historyRow: `${randomUUID()}_${randomUUID()}_000000000000000`,
  };
}

function historyRow(sessionId: string) {
  return {
    ...sessionRow(sessionId),
    partitionKey: new Date().toISOString().slice(0, 13),
    rowKey: `${randomUUID()}_${sessionId}`,
    placement: 'x'.repeat(700),
    hints: 'x'.repeat(500),
  };
}

async function timed(job: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await job();
  return performance.now() - startedMs;
}
