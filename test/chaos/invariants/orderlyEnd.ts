import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import { type BrokerLife, type Evidence, sessionOfRequest } from '../harness/evidence.ts';
import type { Invariant, Violation } from './invariant.ts';

/** The host gives requests under way 5 s; the rest is for a machine that has other work. */
const ENDS_WITHIN_MS = 8_000;

export const orderlyEnd: Invariant = {
  name: 'orderly-end',
  promise:
    'A process that is asked to end does so by itself in 8 s, and leaves nothing claimed or open, unless storage failed.',
  check: (evidence) => [
    ...evidence.records.lives.flatMap(notByItself),
    ...leftBehind(evidence).filter(({ isExplained }) => !isExplained),
  ],
};

/** What a process left unfinished at its orderly end. */
interface LeftBehind extends Violation {
  readonly isExplained: boolean;
}

/** All of it; explained is what the storage service kept the process from finishing. */
export function leftBehind(evidence: Evidence): LeftBehind[] {
  const { lives, storage } = evidence.records;
  const byClient = Map.groupBy(storage, ({ client }) => client);
  return lives.flatMap((life) => {
    if (life.stop?.endedAt === undefined) return [];
    const own = Map.groupBy(byClient.get(life.broker) ?? [], sessionOfRequest);
    return [...own].flatMap(([sessionId, requests]) =>
      sessionId === undefined ? [] : leftOf(sessionId, requests, life.broker, life.stop?.endedAt, evidence),
    );
  });
}

function leftOf(
  sessionId: string,
  own: readonly RequestRecord[],
  broker: string,
  endedAt = Infinity,
  evidence: Evidence,
): LeftBehind[] {
  const all = evidence.storageOf(sessionId);
  return unfinished(own, all, endedAt).flatMap((last) => {
    if (isLeftToSweep(last, own)) return [];
    const what = last.table === 'brokersessions' ? 'the session claimed' : `history row ${last.rowKey} open`;
    const isExplained = own.some(
      (request) => request.receivedAt >= last.receivedAt && failed(request, endedAt),
    );
    return [{ sessionId, isExplained, message: `${broker} ended in order and left ${what}` }];
  });
}

/** Of each row the broker's last write, if it says that work is under way, and nobody has written the row since. */
function unfinished(
  own: readonly RequestRecord[],
  all: readonly RequestRecord[],
  endedAt: number,
): RequestRecord[] {
  const writes = own.filter(({ operation, status }) => operation !== 'read' && status === 204);
  return [...Map.groupBy(writes, rowOf).values()].flatMap((ofRow) => {
    const last = ofRow.toSorted((a, b) => landedAt(a) - landedAt(b)).at(-1);
    if (last === undefined || !saysUnderWay(last)) return [];
    const isReplaced = all.some(
      (request) =>
        request.status === 204 &&
        request.operation !== 'read' &&
        rowOf(request) === rowOf(last) &&
        landedAt(request) > landedAt(last) &&
        landedAt(request) <= endedAt,
    );
    return isReplaced ? [] : [last];
  });
}

function saysUnderWay({ row }: RequestRecord): boolean {
  return row?.['state'] === 'claimed' || row?.['outcome'] === 'open';
}

/** The row of an ending stays open, once there is a tombstone, until a sweep finds that the fleet has no host left. */
function isLeftToSweep({ row }: RequestRecord, own: readonly RequestRecord[]): boolean {
  const isTombstone = (request: RequestRecord): boolean =>
    request.row?.['state'] === 'ended' && request.row['attemptId'] === row?.['attemptId'];
  return row?.['kind'] === 'ending' && own.some((request) => request.status === 204 && isTombstone(request));
}

/** Nobody may have been there to hear an answer: a broker gives up on a request, its repetitions included, in its time. */
function failed({ fault, doneAt = Infinity, deliveredAt }: RequestRecord, endedAt: number): boolean {
  return fault !== undefined || doneAt > endedAt || deliveredAt === undefined;
}

const rowOf = ({ table, partitionKey, rowKey }: RequestRecord): string =>
  [table, partitionKey, rowKey].join(' ');

const landedAt = ({ doneAt = 0 }: RequestRecord): number => doneAt;

function notByItself({ broker, stop }: BrokerLife): Violation[] {
  if (stop === undefined) return [];
  const { askedAt, endedAt, code } = stop;
  if (endedAt === undefined) return [{ message: `${broker} did not end, and had to be killed` }];
  if (code !== 0) return [{ message: `${broker} ended with ${String(code)}` }];
  const tookMs = endedAt - askedAt;
  return tookMs <= ENDS_WITHIN_MS ? [] : [{ message: `${broker} took ${tookMs} ms to end` }];
}
