import { historyHour } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { Faults, noteFault } from './faults.ts';
import { pruneQuotas, pruneStrays } from './pruneByAge.ts';
import { pruneHours } from './pruneHours.ts';
import { type SessionTables, pruneSessions } from './pruneSessions.ts';
import type { PruneReport } from './reports.ts';
import type { SessionsPruned } from './sessionsRun.ts';
import { UnreadableSessions } from './unreadableSessions.ts';
import { FIRST_PARTITION, oldestHour } from './watermark.ts';

export interface PruneOptions extends SessionTables {
  readonly sessionScan: PartitionScan;
  readonly quotas: EntityTable;
  readonly quotaScan: PartitionScan;
  /** Of how requests were answered. */
  readonly requestScan: PartitionScan;
  readonly retentionMs: number;
}

/**
 * When each part of a run ends, as shares of its time. What a part does not need, the next ones have; so none waits
 * behind another for ever. The sessions, which are most of the work, have a second turn.
 */
const UNTIL = { sessions: 0.5, history: 0.75, moreSessions: 0.9, quotas: 0.95, strays: 1 };

/**
 * Deletes expired sessions, the hours of the history and of the counts of requests that are past retention, callers whose quota's window is long
 * over, and sessions that nothing names. The history goes by whole hours: a row is kept up to an hour longer than the
 * setting says, and never less. The next run goes on where this one ends.
 *
 * @param mostMs no further work is begun after this time
 * @throws StorageFault when it cannot be read how far earlier runs have come
 */
export async function prune(options: PruneOptions, mostMs: number): Promise<PruneReport> {
  const { clock, historyScan, requestScan, retentionMs } = options;
  const startedMs = clock.monotonicMs();
  const spent = (): number => clock.monotonicMs() - startedMs;
  const [faults, unreadable] = [new Faults(), new UnreadableSessions()];
  const troubles = { faults, unreadable };
  const until = (share: number) => (): boolean => spent() >= mostMs * share;
  const first = await pruneSessions(options, troubles, (share = 1) => until(UNTIL.sessions * share)());
  // An hour names the sessions to forget: it stays until they were looked at, even where sessions outlive the history.
  const retained = historyHour(clock.wallMs() - retentionMs);
  const looked = first.progress?.hour ?? FIRST_PARTITION;
  const historyFrom = retained < looked ? retained : looked;
  const history = await pruneHours(historyScan, historyFrom, faults, until(UNTIL.history));
  const requests = await pruneHours(requestScan, retained, faults, until(UNTIL.history));
  const more = first.bounded && !until(UNTIL.moreSessions)();
  const sessions = more
    ? added(first, await pruneSessions(options, troubles, until(UNTIL.moreSessions)))
    : first;
  const { progress = { hour: FIRST_PARTITION, again: [] } } = sessions;
  const quotas = await part({ quotaRowsRemoved: 0 }, faults, () =>
    pruneQuotas(options, faults, until(UNTIL.quotas)),
  );
  const strays = await part({ straySessionsRemoved: 0 }, faults, () =>
    pruneStrays(options, troubles, until(UNTIL.strays)),
  );
  return {
    ...{ sessionHours: sessions.hours.size, sessionsRemoved: sessions.sessionsRemoved },
    watermark: oldestHour(progress),
    ...{ historyRowsRemoved: history.rowsRemoved, historyFrom },
    straySessionsRemoved: strays.straySessionsRemoved,
    quotaRowsRemoved: quotas.quotaRowsRemoved,
    behindHours: Math.max(sessions.behindHours, history.behindHours),
    ...{ unreadableSessions: unreadable.count, faults: faults.count },
    reason: faults.reason ?? unreadable.reason,
    ms: Math.round(spent()),
    bounded: [sessions, history, requests, quotas, strays].some(({ bounded }) => bounded),
  };
}

function added(first: SessionsPruned, second: SessionsPruned): SessionsPruned {
  const hours = new Set([...first.hours, ...second.hours]);
  return { ...second, hours, sessionsRemoved: first.sessionsRemoved + second.sessionsRemoved };
}

/** A part that storage fails costs itself alone. */
async function part<T extends object>(
  nothing: T,
  faults: Faults,
  work: () => Promise<T & { bounded: boolean }>,
): Promise<T & { bounded: boolean }> {
  try {
    return await work();
  } catch (error) {
    noteFault(error, faults);
    return { ...nothing, bounded: true };
  }
}
