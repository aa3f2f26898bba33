import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import {
  type BrokerLine,
  type FleetCall,
  type TableRow,
  CLOCK_STEP_MS,
  disturbed,
} from '../harness/evidence.ts';
import { type Invariant, ofEachSession } from './invariant.ts';
import { isEnding } from './said.ts';

export const historyFirst = ofEachSession(
  'history-first',
  'The fleet is asked only after the attempt’s history row is confirmed.',
  (sessionId, evidence) =>
    evidence.fleetCallsOf(sessionId).flatMap((call) => {
      const until = call.asking?.at ?? call.call.arrivedAt.wallMs;
      const opened = evidence.storageOf(sessionId).some((request) => opensHistory(request, call, until));
      return opened ? [] : [`call ${call.call.callId} was sent before its history row was there`];
    }),
);

export const everyHostHasHistory = ofEachSession(
  'history-complete',
  'After the sweep every attempt that asked has its history row; that of the attempt that settled says so, or unknown.',
  (sessionId, evidence) => {
    const rows = evidence.historyOf(sessionId);
    const attempts = new Set(rows.map((row) => row['attemptId']));
    const session = evidence.sessionRow(sessionId);
    const isEnded = session?.['state'] === 'ended';
    const settledBy = session?.[isEnded ? 'hostedBy' : 'attemptId'];
    const settled = rows.find((row) => row['attemptId'] === settledBy);
    const hosts = evidence.hostsOf(sessionId);
    const missing = evidence
      .fleetCallsOf(sessionId)
      .filter(({ asking }) => asking !== undefined && !attempts.has(asking.event.attemptId));
    return [
      ...(rows.length === 0 && hosts.length > 0 ? ['it has a host and no history row'] : []),
      ...missing.map(({ call }) => `the attempt that made call ${call.callId} has no history row`),
      ...((isEnded && settledBy === undefined) || tellsHost(settled, session)
        ? []
        : ['the history row of the attempt that settled says something else']),
    ];
  },
);

/**
 * An attempt whose settling landed, but was never confirmed to it, can only say that it does not know, or that its session
 * was ended, where it was by then.
 */
function tellsHost(settled: TableRow | undefined, session: TableRow | undefined): boolean {
  if (settled?.['outcome'] === 'unknown') return true;
  if (settled?.['outcome'] === 'session-ended') return session?.['state'] === 'ended';
  return settled?.['outcome'] === 'allocated' && settled['hostName'] === session?.['hostName'];
}

export const nothingOpen: Invariant = {
  name: 'nothing-open',
  promise:
    'After the sweep no history row is open, but those of endings that came to nothing: the sweep closes them hours later.',
  check: ({ records: { tables, sweep } }) => {
    const ended = new Set(
      tables.sessions.filter(({ state }) => state === 'ended').map((row) => row.partitionKey),
    );
    const mayEndYet = (row: TableRow): boolean => isEnding(row) && !ended.has(String(row['sessionId']));
    return [
      ...(sweep?.status === 200 ? [] : [{ message: `the sweep ended with ${sweep?.status ?? 'nothing'}` }]),
      ...tables.history
        .filter((row) => row['outcome'] === 'open' && !mayEndYet(row))
        .map((row) => ({ sessionId: String(row['sessionId']), message: `row ${row.rowKey} is open` })),
    ];
  },
};

export const ownWritesKnown = ofEachSession(
  'own-writes-known',
  'A broker that is told that its claim stands goes on with it: a write of its own is never taken for a rival’s.',
  (sessionId, evidence) => {
    const requests = evidence.storageOf(sessionId);
    const { leaseMs } = evidence.records;
    return claimsTold(requests, leaseMs).flatMap((claim) => {
      const { attemptId, client, sentAt, toldAt } = claim;
      const acted = requests.some((request) => actsOn(request, claim));
      // What a broker sent before its death may reach the proxy after it.
      const life = evidence.life(client);
      const died = disturbed(life, sentAt - leaseMs, toldAt + leaseMs);
      const ended = (life?.stop?.endedAt ?? Infinity) <= toldAt + CLOCK_STEP_MS;
      const failed = hadFailed(claim, evidence.linesOf(sessionId), leaseMs);
      const excused = died !== undefined || ended || failed || wasBuried(claim, requests, leaseMs);
      return acted || excused ? [] : [`${client} left its own claim ${attemptId} behind`];
    });
  },
);

function opensHistory(request: RequestRecord, { asking }: FleetCall, until: number): boolean {
  const { table, operation, status, doneAt = Infinity, rowKey } = request;
  if (table !== 'brokerhistory' || operation !== 'insert' || status !== 204) return false;
  if (doneAt > until + CLOCK_STEP_MS) return false;
  return asking === undefined || rowKey?.endsWith(asking.event.attemptId) === true;
}

interface ToldClaim {
  readonly attemptId: string;
  readonly client: string;
  readonly sentAt: number;
  readonly toldAt: number;
  /** The write and its repetitions. */
  readonly tries: readonly RequestRecord[];
}

/**
 * Claims that landed, and whose broker was told so: by the write's own answer, or by reading its own row back. While the
 * write is being repeated, or until an answer that never comes is given up on, which takes as long as a lease, only other
 * callers' requests read the row.
 */
function claimsTold(requests: readonly RequestRecord[], leaseMs: number): ToldClaim[] {
  const claims = requests.filter(({ table, row, status }) => isClaim(table, row) && status === 204);
  // A renewal is written as a claim is: of each attempt the first one counts.
  const first = new Map(claims.toReversed().map((claim) => [String(claim.row?.['attemptId']), claim]));
  return [...first].flatMap(([attemptId, claim]) => {
    const { client, id, receivedAt, fault } = claim;
    const tries = triesOf(claim, requests);
    const triedUntil = Math.max(...tries.map(({ doneAt = receivedAt }) => doneAt));
    const readBackFrom = fault?.startsWith('hang') === true ? receivedAt + leaseMs : triedUntil;
    const tellings = requests.filter(
      (request) =>
        request.client === client &&
        request.deliveredAt !== undefined &&
        (request.id === id || (request.foundAttempt === attemptId && request.receivedAt >= readBackFrom)),
    );
    const toldAt = Math.min(...tellings.map(({ deliveredAt = Infinity }) => deliveredAt));
    return toldAt === Infinity ? [] : [{ attemptId, client, sentAt: receivedAt, toldAt, tries }];
  });
}

/** A renewal is no repetition: it replaces what the claim has written. */
function triesOf(claim: RequestRecord, requests: readonly RequestRecord[]): RequestRecord[] {
  const { client, operation, ifMatch, row } = claim;
  return requests.filter(
    (request) =>
      request.client === client &&
      request.operation === operation &&
      request.ifMatch === ifMatch &&
      isClaim(request.table, request.row) &&
      request.row?.['attemptId'] === row?.['attemptId'],
  );
}

/**
 * Whether the broker says itself that it could not make out whether its claim stood. The proxy knows when it handed an
 * answer on, but not whether the broker had stopped waiting for it by then; on a busy machine it may have stopped before
 * the proxy took the request in.
 */
function hadFailed(
  { client, sentAt, toldAt }: ToldClaim,
  lines: readonly BrokerLine[],
  leaseMs: number,
): boolean {
  return lines.some(
    ({ at, broker, event }) =>
      event.event === 'ledger.fault' &&
      event.step === 'claim' &&
      broker === client &&
      at >= sentAt - leaseMs &&
      at <= toldAt + leaseMs,
  );
}

/** Whether the session was ended before its holder could go on: where the claim's own reading is late, it finds a tombstone. */
function wasBuried(
  { sentAt, toldAt }: ToldClaim,
  requests: readonly RequestRecord[],
  leaseMs: number,
): boolean {
  return requests.some(
    ({ row, status, doneAt = Infinity }) =>
      row?.['state'] === 'ended' && status === 204 && doneAt >= sentAt && doneAt <= toldAt + leaseMs,
  );
}

function isClaim(table: string, row: RequestRecord['row']): boolean {
  return table === 'brokersessions' && row?.['state'] === 'claimed';
}

/** What a broker does first for its claim: it opens the attempt's history row, renews it, or lets the session go. */
function actsOn(request: RequestRecord, { attemptId, client, sentAt, tries }: ToldClaim): boolean {
  if (request.client !== client || request.receivedAt < sentAt) return false;
  if (request.operation === 'delete') return true;
  return request.row?.['attemptId'] === attemptId && !tries.includes(request);
}
