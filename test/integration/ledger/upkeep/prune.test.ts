/** Upkeep as the timers get it, on real tables. */
import { TableClient } from '@azure/data-tables';
import { compose } from '../../../../lib/composition.ts';
import { loadSettings } from '../../../../lib/config/load.ts';
import { azureTable } from '../../../../lib/ledger/tables/azureTable.ts';
import { historyKey } from '../../../../lib/ledger/history/historyKey.ts';
import { QuotaLedger } from '../../../../lib/ledger/quota/quotaLedger.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { type AzuriteHandle, spawnAzurite } from '../../../../local/azurite/spawn.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { guid } from '../../../support/historyRows.ts';
import { claim } from '../../../support/claiming.ts';

/** No quota: what one has left in the table goes all the same. */
const settings = (connectionString: string) =>
  loadSettings({
    BROKER_GAME_MODES: '{"duel": {"gameModeId": "mode-1"}}',
    BROKER_LOCATIONS: '[{"name": "West US"}]',
    BROKER_TITLE_ID: 'title',
    BROKER_SANDBOX_ID: 'XDKS.1',
    BROKER_CLOUD_GAME_ID: 'game',
    SESSIONHOSTS_TOKEN: 'token-1',
    BrokerStorage: connectionString,
  });

let azurite: AzuriteHandle;
let quotas: TableClient;
let sessions: TableClient;
let history: TableClient;

beforeEach(async () => {
  azurite = await spawnAzurite();
  [quotas, sessions, history] = ['brokerquotas', 'brokersessions', 'brokerhistory'].map((name) =>
    TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true }),
  ) as [TableClient, TableClient, TableClient];
});

afterEach(() => azurite.stop());

const prune = () =>
  compose(settings(azurite.connectionString), new VirtualClock('2026-11-24T08:15:30.250Z')).upkeep.prune(
    60_000,
  );

async function charge(caller: string, at: string): Promise<void> {
  const options = { limit: 3, windowMs: 3_600_000, onStorageFault: 'refuse' } as const;
  await new QuotaLedger({ quotas: azureTable(quotas), clock: new VirtualClock(at), ...options }).charge(
    caller,
  );
}

async function keysOf(table: TableClient): Promise<string[]> {
  const keys: string[] = [];
  for await (const { partitionKey } of table.listEntities()) keys.push(partitionKey ?? '');
  return keys;
}

it('deletes the callers who have not been charged for two days, and no other', async () => {
  await charge('a-old', '2026-11-22T08:15:30.249Z');
  await charge('b-young', '2026-11-22T08:15:30.250Z');
  await charge('c-older', '2026-10-01T00:00:00.000Z');
  expect(await prune()).toMatchObject({ quotaRowsRemoved: 2, bounded: false });
  expect(await keysOf(quotas)).toEqual(['b-young']);
  expect(await prune()).toMatchObject({ quotaRowsRemoved: 0 });
});

it('deletes the sessions that no attempt names, a day after they expired', async () => {
  // By the service's own clock, too, both have expired: lease and time were over two minutes before they began.
  const sessionTtlMs = -120_000;
  for (const [sessionId, claimedAt] of [
    ['old', '2026-11-23T08:17:30.249Z'],
    ['young', '2026-11-23T08:17:30.250Z'],
  ] as const) {
    const clock = new VirtualClock(claimedAt);
    const ledger = new TableLedger({
      sessions: azureTable(sessions),
      clock,
      leaseMs: sessionTtlMs,
      sessionTtlMs,
    });
    await claim(ledger, { sessionId, gameMode: 'duel', fleet: 'sessionhosts' }, undefined);
  }
  expect(await prune()).toMatchObject({ straySessionsRemoved: 1, bounded: false });
  expect(await keysOf(sessions)).toEqual(['young']);
});

it('deletes an hour of the history in transactions, with the sessions that it names, and says how far it came', async () => {
  // Both have expired by the service's own clock.
  const times = { leaseMs: -120_000, sessionTtlMs: -120_000 };
  const clock = new VirtualClock('2026-10-20T08:15:30.250Z');
  const ledger = new TableLedger({ sessions: azureTable(sessions), clock, ...times });
  const sessionId = guid(1);
  await claim(ledger, { sessionId, gameMode: 'duel', fleet: 'sessionhosts' }, undefined);
  await history.createTable();
  for (let batch = 0; batch < 3; batch += 1) {
    const numbers = Array.from({ length: 90 }, (_, index) => batch * 90 + index);
    await history.submitTransaction(
      numbers.map((number) => {
        const key = historyKey(clock.wallMs() + number, guid(number), guid(number));
        return ['create', { ...key, sessionId: guid(number), outcome: 'allocated' }];
      }),
    );
  }
  const expected = { sessionsRemoved: 1, historyRowsRemoved: 270, faults: 0, behindHours: 0, bounded: false };
  expect(await prune()).toMatchObject({ ...expected, watermark: '2026-11-23T07' });
  expect(await keysOf(sessions)).toEqual([]);
  expect(new Set(await keysOf(history))).toEqual(new Set(['watermark']));
  const none = { sessionHours: 0, sessionsRemoved: 0, historyRowsRemoved: 0, watermark: '2026-11-23T07' };
  expect(await prune()).toMatchObject(none);
});

it('does not mind that there has never been a quota', async () => {
  expect(await prune()).toMatchObject({ quotaRowsRemoved: 0, bounded: false });
});
