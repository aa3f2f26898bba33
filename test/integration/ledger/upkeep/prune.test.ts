/** Upkeep as the timers get it, on real tables. */
import { TableClient } from '@azure/data-tables';
import { compose } from '../../../../lib/composition.ts';
import { loadSettings } from '../../../../lib/config/load.ts';
import { azureTable } from '../../../../lib/ledger/tables/azureTable.ts';
import { QuotaLedger } from '../../../../lib/ledger/quota/quotaLedger.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { type AzuriteHandle, spawnAzurite } from '../../../../local/azurite/spawn.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
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

beforeEach(async () => {
  azurite = await spawnAzurite();
  [quotas, sessions] = ['brokerquotas', 'brokersessions'].map((name) =>
    TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true }),
  ) as [TableClient, TableClient];
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

it('does not mind that there has never been a quota', async () => {
  expect(await prune()).toMatchObject({ quotaRowsRemoved: 0, bounded: false });
});
