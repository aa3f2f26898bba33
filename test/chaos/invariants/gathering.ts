import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import { CLOCK_STEP_MS, type Evidence } from '../harness/evidence.ts';
import { type Invariant, ofEachSession } from './invariant.ts';

export const closesFirst = ofEachSession(
  'closes-first',
  'Where callers are gathered, the fleet is asked only when the session’s row says that the window is closed.',
  (sessionId, evidence) =>
    evidence.fleetCallsOf(sessionId).flatMap(({ call, asking }) => {
      if (asking === undefined) return [];
      const { attemptId } = asking.event;
      const own = landed(sessionId, evidence).filter(({ row }) => row?.['attemptId'] === attemptId);
      const isOpen = own.some(({ row }) => row?.['gathering'] === true);
      const closing = own.find(({ row }) => row?.['gathering'] === false);
      const isClosed = closing !== undefined && (closing.doneAt ?? Infinity) <= asking.at + CLOCK_STEP_MS;
      return isOpen && !isClosed ? [`call ${call.callId} was sent while its attempt still gathered`] : [];
    }),
);

export const hearsWhatIsLeft = ofEachSession(
  'hears-what-is-left',
  'Whatever callers have left before the window was closed is heard, unless storage kept the broker from reading it.',
  (sessionId, evidence) => {
    const writes = landed(sessionId, evidence);
    return evidence.historyOf(sessionId).flatMap((attempt) => {
      const { attemptId, generation, callersHeard } = attempt;
      const closing = writes.find(
        ({ row }) => row?.['attemptId'] === attemptId && row?.['gathering'] === false,
      );
      if (closing === undefined || callersHeard === undefined) return [];
      const before = closing.receivedAt - CLOCK_STEP_MS;
      const left = writes.filter(
        ({ rowKey, doneAt = Infinity }) =>
          rowKey?.startsWith(`hints_${String(generation)}_`) === true && doneAt < before,
      );
      const hasHeard =
        Number(callersHeard) >= left.length || couldNotRead(sessionId, closing.client, evidence);
      return hasHeard
        ? []
        : [`${String(attemptId)} heard ${Number(callersHeard)}, and ${left.length} were left`];
    });
  },
);

export const noHintsLeft: Invariant = {
  name: 'no-hints-left',
  promise: 'When every session has expired, prune leaves no row of any of them, nor what callers have left.',
  check: ({ records: { pruned } }) =>
    (pruned?.left ?? []).map((key) => ({ sessionId: key.split(' ')[0], message: `${key} is left` })),
};

/** The writes of the session's partition that were done, in the order in which they were. */
function landed(sessionId: string, evidence: Evidence): readonly RequestRecord[] {
  return evidence
    .storageOf(sessionId)
    .filter(({ table, row, status }) => table === 'brokersessions' && row !== undefined && status === 204)
    .toSorted((a, b) => (a.doneAt ?? 0) - (b.doneAt ?? 0));
}

function couldNotRead(sessionId: string, client: string, evidence: Evidence): boolean {
  return evidence
    .linesOf(sessionId)
    .some(
      ({ broker, event }) =>
        broker === client && event.event === 'ledger.fault' && event.step === 'read-hints',
    );
}
