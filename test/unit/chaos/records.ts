import type { Records } from '../../chaos/harness/evidence.ts';
import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';

export const SESSION = '9cea9f9f-cb01-4d6d-a307-d73300b18932';
export const ATTEMPT = '28788e86-50aa-445c-9740-b5100ebeac9f';

/** What a run of one session and one broker left behind: nothing but what is given. */
export function recordsOf(given: Partial<Records>): Records {
  return {
    sessionIds: [SESSION],
    answers: [],
    lines: [],
    outcries: [],
    lives: [{ broker: 'broker-2', pid: 1, startedAt: 0, isNext: false, pauses: [] }],
    storage: [],
    storageCounts: { requests: 0, byKind: {}, byFault: {}, byStatus: {} },
    fleet: { calls: [], hosts: [], asides: [], overlaps: [], counts: NOTHING },
    tables: { sessions: [], hints: [], history: [] },
    leaseMs: 2_500,
    confirmMs: 60_000,
    ...given,
  };
}

const NOTHING = { calls: 0, hostsStarted: 0, byStatus: {}, byFault: {} };

/** A request to the session's row. */
export function request(
  given: Pick<RequestRecord, 'id' | 'operation' | 'receivedAt'> & Partial<RequestRecord>,
): RequestRecord {
  return {
    client: 'broker-2',
    method: 'PUT',
    table: 'brokersessions',
    partitionKey: SESSION,
    rowKey: 'session',
    url: '/',
    ...given,
  };
}
