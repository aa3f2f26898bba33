import { Evidence } from '../../chaos/harness/evidence.ts';
import { ownWritesKnown } from '../../chaos/invariants/ledger.ts';
import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import { ATTEMPT, recordsOf, request, SESSION } from './records.ts';

const CLAIMED = { state: 'claimed', attemptId: ATTEMPT };

/** The first claim, at 1,000 ms; its broker is told by the answer. */
const insert = request({ id: 1, operation: 'insert', row: CLAIMED, receivedAt: 1_000, status: 204 });
const told = { ...insert, deliveredAt: 1_004 };
const history = request({
  id: 2,
  operation: 'insert',
  table: 'brokerhistory',
  partitionKey: '2026-11-27T18',
  rowKey: `998204194708794_${SESSION}_${ATTEMPT}`,
  row: { outcome: 'open', attemptId: ATTEMPT },
  receivedAt: 1_010,
  status: 204,
});
const lostRenewal = request({
  id: 3,
  operation: 'replace',
  row: CLAIMED,
  receivedAt: 2_010,
  status: 204,
  fault: 'reset-after',
});

it('is broken by a claim that its broker was told of, and did nothing for', () => {
  expect(broken([told])).toEqual([`broker-2 left its own claim ${ATTEMPT} behind`]);
});

it('is broken by a claim whose answer was lost, and that its broker read back and did nothing for', () => {
  expect(broken([{ ...insert, fault: 'reset-after' }, readBack(1_030)])).toEqual([
    `broker-2 left its own claim ${ATTEMPT} behind`,
  ]);
});

// A request that ends the session reads the row at the same broker, while the claim's insert is being repeated.
it('asks nothing of a claim whose repeated insert comes upon the end of its session', () => {
  const lost = { ...insert, fault: 'half-answer' };
  const repeated = { ...insert, id: 2, receivedAt: 1_150, status: 409, doneAt: 1_500, fault: 'delay' };
  expect(broken([lost, repeated, readBack(1_300)])).toEqual([]);
});

it('is broken by a claim that is read back after its insert was repeated, and that nothing is done for', () => {
  const lost = { ...insert, fault: 'half-answer' };
  const repeated = { ...insert, id: 2, receivedAt: 1_150, status: 409, doneAt: 1_500, fault: 'delay' };
  expect(broken([lost, repeated, readBack(1_501)])).toHaveLength(1);
});

it('holds where the broker has opened the history row', () => {
  expect(broken([told, history])).toEqual([]);
});

// Where callers are gathered, the history row comes when the window is closed, and the lease may be over by then.
it('holds where the broker has tried to renew the claim', () => {
  const hung = request({ id: 4, operation: 'replace', row: CLAIMED, receivedAt: 1_500, fault: 'hang' });
  expect(broken([told, hung])).toEqual([]);
});

it('holds where the broker lets the session go instead', () => {
  const released = request({ id: 4, operation: 'delete', receivedAt: 1_020, status: 204 });
  expect(broken([told, released])).toEqual([]);
});

it('is broken all the same if it is another broker that did something', () => {
  const another = request({ id: 4, operation: 'delete', receivedAt: 1_020, status: 204 });
  expect(broken([told, { ...another, client: 'broker-1' }])).toHaveLength(1);
});

// The claim's own reading hangs; whoever ends the session reads the row at the same broker meanwhile.
it('asks nothing of a claim whose session was ended before its broker could go on', () => {
  const lost = { ...insert, fault: 'reset-after' };
  const ended = request({
    id: 4,
    operation: 'replace',
    row: { state: 'ended' },
    receivedAt: 1_290,
    status: 204,
  });
  expect(broken([lost, readBack(1_280), { ...ended, doneAt: 1_292 }])).toEqual([]);
  expect(broken([lost, readBack(1_280), { ...ended, doneAt: 5_000 }])).toHaveLength(1);
});

// The attempt gave the session up, and the next caller at its broker reads the row that it left until its lease ends.
it('asks nothing of a renewal whose answer was lost', () => {
  expect(broken([told, history, lostRenewal, readBack(2_600)])).toEqual([]);
});

function broken(storage: readonly RequestRecord[]): string[] {
  return ownWritesKnown.check(new Evidence(recordsOf({ storage }))).map(({ message }) => message);
}

function readBack(atMs: number): RequestRecord {
  const read = request({ id: 9, operation: 'read', receivedAt: atMs, status: 200 });
  return { ...read, foundAttempt: ATTEMPT, deliveredAt: atMs + 4 };
}
