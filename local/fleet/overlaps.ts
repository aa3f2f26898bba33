import type { CallRecord } from './callLog.ts';

export type CallEnd = 'answered' | 'closed-by-client' | 'reset-by-simulator' | 'open';

/** Two calls of one session that were under way at the same time. */
export interface Overlap {
  readonly sessionId: string;
  /** callId of the one that arrived first, and how it ended. */
  readonly first: number;
  readonly firstEnd: CallEnd;
  /** callId of the one that arrived while the first was under way. */
  readonly second: number;
  /**
   * For how long both were, in milliseconds; null while both still are. A few milliseconds with `closed-by-client` may
   * be no more than the news of the closing arriving on another socket than the next call.
   */
  readonly overlapMs: number | null;
}

/** All overlapping pairs, of calls of one session whose [arrived, answered or closed] intervals intersect. */
export function findOverlaps(calls: Iterable<CallRecord>): Overlap[] {
  return [...Map.groupBy(calls, ({ sessionId }) => sessionId)].flatMap(([sessionId, own]) =>
    sessionId === undefined ? [] : overlapsWithin(sessionId, own),
  );
}

function overlapsWithin(sessionId: string, calls: readonly CallRecord[]): Overlap[] {
  const ordered = calls.toSorted((a, b) => a.arrivedAt.monotonicMs - b.arrivedAt.monotonicMs);
  return ordered.flatMap((first, index) => {
    const { end, atMs } = endOf(first);
    const during = ordered.slice(index + 1).filter((second) => second.arrivedAt.monotonicMs < atMs);
    return during.map((second) => {
      const until = Math.min(atMs, endOf(second).atMs);
      const overlapMs = until === Infinity ? null : until - second.arrivedAt.monotonicMs;
      return { sessionId, first: first.callId, firstEnd: end, second: second.callId, overlapMs };
    });
  });
}

function endOf(call: CallRecord): { end: CallEnd; atMs: number } {
  if (call.answeredAt) return { end: 'answered', atMs: call.answeredAt.monotonicMs };
  if (call.closedByClientAt) return { end: 'closed-by-client', atMs: call.closedByClientAt.monotonicMs };
  if (call.resetAt) return { end: 'reset-by-simulator', atMs: call.resetAt.monotonicMs };
  return { end: 'open', atMs: Infinity };
}
