import type { CallRecord } from '../../../local/fleet/callLog.ts';
import { type BrokerLine, Evidence } from '../../chaos/harness/evidence.ts';
import { staysWithItsFleet } from '../../chaos/invariants/overflow.ts';
import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import { ATTEMPT, recordsOf, request, SESSION } from './records.ts';

const PATHS = {
  sessionhosts: '/titles/5d9c1a3e/sessionhosts',
  playfab: '/MultiplayerServer/RequestMultiplayerServer',
} as const;

type Name = keyof typeof PATHS;

it('holds where the row names the next fleet before it is asked, all within the same milliseconds', () => {
  const writes = [write(1, 'sessionhosts', 1_010), write(2, 'playfab', 1_051)];
  const dry = asked(1, 'sessionhosts', 1_049, 503);
  expect(broken(writes, [dry, asked(2, 'playfab', 1_052, 200)])).toEqual([]);
});

it('is broken where the next fleet is asked before the row names it', () => {
  const writes = [write(1, 'sessionhosts', 1_010), write(2, 'playfab', 1_060)];
  const dry = asked(1, 'sessionhosts', 1_049, 503);
  expect(broken(writes, [dry, asked(2, 'playfab', 1_052, 200)])).toEqual([
    'call 2 was sent to playfab while the row named sessionhosts',
  ]);
});

it('is broken where a call before may have started a host', () => {
  const writes = [write(1, 'sessionhosts', 1_010), write(2, 'playfab', 1_051)];
  const unknown = asked(1, 'sessionhosts', 1_040, undefined);
  expect(broken(writes, [unknown, asked(2, 'playfab', 1_055, 200)])).toContain(
    'playfab got call 2, though call 1 to sessionhosts may have started a host',
  );
});

interface Asked {
  readonly call: CallRecord;
  readonly line: BrokerLine;
}

function broken(storage: readonly RequestRecord[], made: readonly Asked[]): string[] {
  const { fleet } = recordsOf({});
  const calls = made.map(({ call }) => call);
  const records = recordsOf({
    storage,
    fleet: { ...fleet, calls },
    lines: made.map(({ line }) => line),
  });
  return staysWithItsFleet.check(new Evidence(records)).map(({ message }) => message);
}

/** The attempt's claim, or its move; confirmed when it is done. */
function write(id: number, fleet: Name, doneAt: number): RequestRecord {
  const row = { state: 'claimed', attemptId: ATTEMPT, fleet };
  const [receivedAt, operation] = [doneAt - 1, id === 1 ? 'insert' : 'replace'] as const;
  return { ...request({ id, operation, row, receivedAt, status: 204 }), doneAt, deliveredAt: doneAt };
}

/** A call as the broker says that it makes it, at that time, and as the fleet gets it; without a status: never answered. */
function asked(callId: number, fleet: Name, atMs: number, status: number | undefined): Asked {
  const traceparent = `00-07b6f149f473b345dc94ba8941760af6-ed70354ed841f47${callId}-01`;
  const arrivedAt = { wallMs: atMs, monotonicMs: atMs };
  const at = { method: 'POST', path: PATHS[fleet], sessionId: SESSION, faults: [], arrivedAt };
  const event = {
    event: 'fleet.asking',
    sessionId: SESSION,
    attemptId: ATTEMPT,
    call: callId,
    fleet,
  } as const;
  return {
    call: { callId, ...at, headers: { traceparent }, ...(status !== undefined && { status }) },
    line: {
      at: atMs,
      broker: 'broker-2',
      event: { ...event, leaseLeftMs: 2_400, budgetMs: 4_000, traceparent },
    },
  };
}
