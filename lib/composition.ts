import type { Authenticator } from './auth/authenticator.ts';
import { createAuthenticator } from './auth/createAuthenticator.ts';
import type { TrustSettings } from './auth/trust.ts';
import { Broker } from './broker.ts';
import { LEASE_MS } from './broker/lease.ts';
import { tellFleet } from './broker/tellFleet.ts';
import type { GameMode } from './broker/dependencies.ts';
import { placerOf } from './placement/placer.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Settings } from './config/settings.ts';
import type { FleetName, Fleet } from './fleets/fleet.ts';
import { entityTokenSource } from './fleets/playFab/entityTokens.ts';
import { createPlayFabFleet } from './fleets/playFab/playFabFleet.ts';
import { createSessionHostsFleet } from './fleets/sessionHosts/sessionHostsFleet.ts';
import { createTokenSource } from './fleets/sessionHosts/tokenSource.ts';
import { azureScan } from './ledger/tables/azureScan.ts';
import { azureTable } from './ledger/tables/azureTable.ts';
import type { EntityTable } from './ledger/tables/entityTable.ts';
import type { HistoryQuery } from './contract/historyRequest.ts';
import type { RequestCounts } from './contract/requestCounts.ts';
import type { Stock } from './contract/stock.ts';
import { intervalFor } from './insights/timeline.ts';
import { ReadBudget } from './ledger/reading/readBudget.ts';
import type { PartitionScan } from './ledger/tables/partitionScan.ts';
import type { EndTeller } from './ledger/upkeep/deadEnding.ts';
import { prune } from './ledger/upkeep/prune.ts';
import { type SessionAttempts, readHistory } from './ledger/reading/sessionAttempts.ts';
import type { PruneReport, SweepReport } from './ledger/upkeep/reports.ts';
import { type SweepRun, sweep } from './ledger/upkeep/sweep.ts';
import { type TimerState, timerState } from './ledger/upkeep/timerState.ts';
import type { Work } from './ledger/upkeep/watermark.ts';
import { tableClients } from './ledger/tables/tableClients.ts';
import { TableHistory } from './ledger/history/tableHistory.ts';
import { TableHints } from './ledger/sessions/tableHints.ts';
import { TableLedger } from './ledger/sessions/tableLedger.ts';
import type { Quota } from './ledger/quota/quota.ts';
import { readRequests } from './ledger/requests/readRequests.ts';
import { RequestCounter } from './ledger/requests/requestCounter.ts';
import { QuotaLedger } from './ledger/quota/quotaLedger.ts';
import { stockReader } from './stock.ts';

/** Reading a few rows of one partition takes some milliseconds. Players wait for it, and two tries fit into a lease. */
const GATHERED_TIMEOUT_MS = 1_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The object graph of one instance. */
export interface App {
  readonly settings: Settings;
  readonly authenticator: Authenticator;
  readonly broker: Broker;
  readonly fleets: ReadonlyMap<string, Fleet>;
  /** Absent: no limit. */
  readonly quota: Quota | undefined;
  readonly tables: {
    readonly sessions: EntityTable;
    readonly sessionScan: PartitionScan;
    /** The same, for a caller who waits. */
    readonly gathered: PartitionScan;
    readonly history: EntityTable;
    readonly historyScan: PartitionScan;
    readonly quotas: EntityTable;
    readonly quotaScan: PartitionScan;
    readonly requests: EntityTable;
    readonly requestScan: PartitionScan;
  };
  readonly upkeep: Upkeep;
  /** What this instance answers. */
  readonly requestCounter: RequestCounter;
  /** What all instances have answered. @throws StorageFault, InvalidContinuationError */
  readonly readRequests: (query: HistoryQuery) => Promise<RequestCounts>;
  /** What the fleets have now; asks them at most every 15 seconds. */
  readonly readStock: () => Promise<Stock>;
  /** @throws StorageFault, InvalidContinuationError */
  readonly readHistory: (query: HistoryQuery) => Promise<SessionAttempts>;
}

/** What timers do, so that nothing stays open or is kept for ever. */
export interface Upkeep {
  sweep(run: SweepRun): Promise<SweepReport>;
  /** @param mostMs no further work is begun after this time */
  prune(mostMs: number): Promise<PruneReport>;
  /** @param dueMs a run must have ended since */
  timerState(timer: Work, dueMs: number): Promise<TimerState>;
}

/** Builds everything from the settings; connects to nothing. The one place that knows which driver is behind a port. */
export function compose(settings: Settings, clock: Clock = systemClock): App {
  const tables = createTables(settings);
  const fleets = createFleets(settings);
  const { sessions, gathered: scan } = tables;
  const sessionTtlMs = settings.sessionTtlHours * HOUR_MS;
  const quota = createQuota(settings, tables.quotas, clock);
  const ledger = new TableLedger({ sessions, clock, leaseMs: LEASE_MS, sessionTtlMs });
  const { fleetTimeoutMs, confirmSeconds, locations } = settings;
  const telling = { fleets, clock, gameModes: gameModesOf(settings), fleetTimeoutMs };
  const teller: EndTeller = {
    tell: (session, asOfMs) => tellFleet(telling, session, asOfMs),
    confirm: (session, endFleet) => ledger.confirmEnd(session, endFleet),
  };
  const broker = new Broker({
    ...telling,
    ledger,
    hints: new TableHints({ sessions, scan, clock, sessionTtlMs }),
    history: new TableHistory(tables.history),
    quota,
    locations,
    confirmAfterMs: confirmSeconds * 1_000,
  });
  const authenticator = createAuthenticator(settings.auth, clock, trustOf(settings));
  return {
    settings,
    authenticator,
    broker,
    fleets,
    quota,
    tables,
    upkeep: createUpkeep(settings, tables, clock, teller),
    requestCounter: new RequestCounter(tables.requests, clock),
    readRequests: (query) => {
      const intervalMs = intervalFor(query.untilMs - query.sinceMs);
      return readRequests(tables.requestScan, { ...query, intervalMs }, new ReadBudget(clock));
    },
    readStock: stockReader({ settings, fleets, clock }),
    readHistory: (query) => readHistory(tables, query, clock),
  };
}

function gameModesOf({ gameModes, locations, placement }: Settings): ReadonlyMap<string, GameMode> {
  return new Map(
    [...gameModes].map(([alias, { locations: own, ...mode }]) => {
      return [alias, { ...mode, place: placerOf(locations, own, placement) }];
    }),
  );
}

function createTables({ storage }: Settings): App['tables'] {
  const client = tableClients(storage);
  const [sessions, history, quotas] = [client('sessions'), client('history'), client('quotas')];
  const requests = client('requests');
  return {
    sessions: azureTable(sessions),
    sessionScan: azureScan(sessions),
    gathered: azureScan(sessions, GATHERED_TIMEOUT_MS),
    history: azureTable(history),
    historyScan: azureScan(history),
    quotas: azureTable(quotas),
    quotaScan: azureScan(quotas),
    requests: azureTable(requests),
    requestScan: azureScan(requests),
  };
}

function createUpkeep(settings: Settings, tables: App['tables'], clock: Clock, teller: EndTeller): Upkeep {
  const sessionTtlMs = settings.sessionTtlHours * HOUR_MS;
  const retentionMs = settings.historyRetentionDays * DAY_MS;
  const options = { ...tables, clock, teller, sessionTtlMs, retentionMs };
  return {
    sweep: (run) => sweep(options, run),
    prune: (mostMs) => prune(options, mostMs),
    timerState: (timer, dueMs) => timerState(tables, timer, dueMs),
  };
}

function trustOf({ quota, trustedKey: key }: Settings): TrustSettings {
  const claim = quota?.trusted?.claim;
  return { ...(key === undefined ? {} : { key }), ...(claim && { claim }) };
}

function createQuota({ quota }: Settings, quotas: EntityTable, clock: Clock): Quota | undefined {
  if (quota === undefined) return undefined;
  const { limit, windowSeconds, onStorageFault } = quota;
  return new QuotaLedger({ quotas, clock, limit, windowMs: windowSeconds * 1_000, onStorageFault });
}

function createFleets({ sessionHosts, playFab, fleetTimeoutMs }: Settings): ReadonlyMap<string, Fleet> {
  const fleets = new Map<FleetName, Fleet>();
  if (sessionHosts !== undefined) {
    const tokenSource = createTokenSource(sessionHosts.token);
    fleets.set('sessionhosts', createSessionHostsFleet({ settings: sessionHosts, tokenSource }));
  }
  if (playFab !== undefined) {
    const tokenSource = entityTokenSource({ settings: playFab, timeoutMs: fleetTimeoutMs });
    fleets.set('playfab', createPlayFabFleet({ settings: playFab, tokenSource }));
  }
  return fleets;
}
