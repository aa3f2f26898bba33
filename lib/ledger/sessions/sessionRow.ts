import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { END_FLEET } from '../../contract/outcomes.ts';
import type { Charge } from '../quota/quota.ts';
import { type Cells, cellsOf, unreadableRow } from '../tables/cells.ts';
import type { Row, Stored } from '../tables/entityTable.ts';
import type { EndedSession, GatherWindow, Session, SessionRecord } from './session.ts';

/** Every session is a partition of its own (no hot spot), with this one row in it. */
export const SESSION_ROW_KEY = 'session';

/** The one fleet that there was before rows named it. */
const FIRST_FLEET = 'sessionhosts';

/** How long what is written counts, from the row's own Timestamp: the storage service's clock on both sides. */
export interface RowTimes {
  /** Its wall clock fills the columns that people read; nothing is decided by it. */
  readonly clock: Clock;
  /** How long a claim holds without being renewed. */
  readonly leaseMs: number;
  /** How long a session's host is replayed. */
  readonly sessionTtlMs: number;
}

export type SessionRow = Row & { readonly writeId: string };

/**
 * A session as a row of `brokersessions`, as operators see it. Cells that are undefined are not written: rows are
 * replaced whole. `writeId` is fresh, so that a writer knows its own row again.
 *
 * @param ttlMs when the session may be forgotten, where that is not its full time from now
 */
export function toRow(session: Session, times: RowTimes, ttlMs = times.sessionTtlMs): SessionRow {
  const { clock, leaseMs } = times;
  const { sessionId, cookieSeal, claimedAtMs, firstClaimedAtMs, charge, gather, history, ...rest } = session;
  const { endedAtMs, hosted, ...cells } = { endedAtMs: undefined, hosted: undefined, ...rest };
  const isClaimed = session.state === 'claimed';
  const nowMs = clock.wallMs();
  return {
    ...cells,
    partitionKey: sessionId,
    rowKey: SESSION_ROW_KEY,
    writeId: randomUUID(),
    cookieSalt: cookieSeal.salt,
    cookieHash: cookieSeal.hash,
    claimedAt: new Date(claimedAtMs),
    firstClaimedAt: firstClaimedAtMs === undefined ? undefined : new Date(firstClaimedAtMs),
    chargedCaller: charge?.caller,
    chargedWindow: charge && new Date(charge.windowStartMs),
    historyPartition: history.partitionKey,
    historyRow: history.rowKey,
    gathering: gather?.isOpen,
    gatherLeftMs: gather?.isOpen === true ? gather.leftMs : undefined,
    leaseMs: isClaimed ? leaseMs : undefined,
    leaseUntil: isClaimed ? new Date(nowMs + leaseMs) : undefined,
    endedAt: endedAtMs === undefined ? undefined : new Date(endedAtMs),
    hostedBy: hosted?.attemptId,
    ...(hosted && { region: hosted.region, hostName: hosted.hostName }),
    ttlMs,
    expiresAt: new Date(nowMs + ttlMs),
  };
}

/**
 * Reads a row, cell by cell.
 *
 * @throws StorageFault naming the cell that does not hold what it should: a row that cannot be read answers nothing
 */
export function toRecord({ row, etag, writtenAtMs, readAtMs }: Stored): SessionRecord {
  const cells = cellsOf('sessions', row);
  const ageMs = readAtMs - writtenAtMs;
  const common = {
    sessionId: row.partitionKey,
    generation: cells.number('generation'),
    incarnation: cells.textOrNone('incarnation'),
    attemptId: cells.text('attemptId'),
    claimedAtMs: cells.time('claimedAt').getTime(),
    firstClaimedAtMs: cells.timeOrNone('firstClaimedAt')?.getTime(),
    gameMode: cells.text('gameMode'),
    cookieSeal: { salt: cells.text('cookieSalt'), hash: cells.textOrNone('cookieHash') },
    cookie: cells.textOrNone('cookie'),
    fleet: cells.textOrNone('fleet') ?? FIRST_FLEET,
    fleetTarget: cells.textOrNone('fleetTarget'),
    maybeStarted: cells.flag('maybeStarted'),
    charge: chargeIn(cells),
    history: { partitionKey: cells.text('historyPartition'), rowKey: cells.text('historyRow') },
    gather: gatherOf(cells, ageMs),
    etag,
    ageMs,
    expiresInMs: cells.number('ttlMs') - ageMs,
  };
  const state = cells.text('state');
  switch (state) {
    case 'claimed':
      // Never more than a lease: the whole seconds of `Date` may put the reading before the writing.
      return { ...common, state, leaseLeftMs: cells.number('leaseMs') - Math.max(0, ageMs) };
    case 'released':
      return { ...common, state, leaseLeftMs: 0 };
    case 'allocated': {
      const [body, region, hostName] = [cells.text('body'), cells.text('region'), cells.text('hostName')];
      return { ...common, state, leaseLeftMs: 0, body, region, hostName };
    }
    case 'ended':
      return { ...common, state, leaseLeftMs: 0, ...endIn(cells) };
    default:
      throw unreadableRow('sessions', row.partitionKey, 'state');
  }
}

function chargeIn(cells: Cells): Charge | undefined {
  const [caller, windowStart] = [cells.textOrNone('chargedCaller'), cells.timeOrNone('chargedWindow')];
  if (caller === undefined || windowStart === undefined) return undefined;
  return { caller, windowStartMs: windowStart.getTime() };
}

function endIn(cells: Cells): Pick<EndedSession, 'endedAtMs' | 'endedBy' | 'endFleet' | 'hosted'> {
  const said = cells.textOrNone('endFleet');
  const attemptId = cells.textOrNone('hostedBy');
  return {
    endedAtMs: cells.time('endedAt').getTime(),
    endedBy: cells.text('endedBy'),
    // A word of a newer version: confirmed, in a way that this one need not know.
    endFleet: said === undefined ? undefined : (END_FLEET.find((known) => known === said) ?? 'not-told'),
    hosted:
      attemptId === undefined
        ? undefined
        : { attemptId, region: cells.text('region'), hostName: cells.text('hostName') },
  };
}

function gatherOf(cells: Cells, ageMs: number): GatherWindow | undefined {
  const isOpen = cells.flagOrNone('gathering');
  if (isOpen === undefined) return undefined;
  const writtenMs = isOpen ? (cells.numberOrNone('gatherLeftMs') ?? 0) : 0;
  return { isOpen, leftMs: Math.max(0, writtenMs - Math.max(0, ageMs)) };
}
