import { type CallRecord, CallLog } from '../../../../local/fleet/callLog.ts';
import { findOverlaps } from '../../../../local/fleet/overlaps.ts';

let nowMs = 0;
let log: CallLog;

beforeEach(() => {
  nowMs = 0;
  log = new CallLog(100, () => ({ wallMs: nowMs, monotonicMs: nowMs }));
});

function arrive(atMs: number, sessionId?: string): CallRecord {
  nowMs = atMs;
  const call = log.open('POST', '/', {});
  if (sessionId !== undefined) call.sessionId = sessionId;
  return call;
}

function answer(call: CallRecord, atMs: number): void {
  nowMs = atMs;
  log.answered(call, 200);
}

test('calls one after the other do not overlap, not even back to back, nor do those of two sessions', () => {
  answer(arrive(0, 'a'), 10);
  answer(arrive(10, 'a'), 20);
  arrive(5, 'b');
  arrive(5);
  arrive(5);
  expect(findOverlaps(log.calls())).toEqual([]);
});

test('a call that arrives before the answer of another overlaps it until the earlier of the two ends', () => {
  const first = arrive(0, 'a');
  const second = arrive(10, 'a');
  answer(second, 15);
  answer(first, 30);
  expect(findOverlaps(log.calls())).toEqual([
    { sessionId: 'a', first: 1, firstEnd: 'answered', second: 2, overlapMs: 5 },
  ]);
});

test('three calls at once are three pairs, and calls without an end overlap without an end', () => {
  arrive(0, 'a');
  arrive(1, 'a');
  arrive(2, 'a');
  expect(
    findOverlaps(log.calls()).map(({ first, second, firstEnd, overlapMs }) => [
      first,
      second,
      firstEnd,
      overlapMs,
    ]),
  ).toEqual([
    [1, 2, 'open', null],
    [1, 3, 'open', null],
    [2, 3, 'open', null],
  ]);
});

test('the pair says how the first call ended: left by its client, or reset', () => {
  const left = arrive(0, 'a');
  const reset = arrive(0, 'b');
  arrive(4, 'a');
  arrive(4, 'b');
  nowMs = 6;
  log.closedByClient(left);
  log.reset(reset);
  expect(findOverlaps(log.calls()).map(({ firstEnd, overlapMs }) => [firstEnd, overlapMs])).toEqual([
    ['closed-by-client', 2],
    ['reset-by-simulator', 2],
  ]);
});

test('a long session with one old call that never ended names it in every pair, and only it', () => {
  arrive(0, 'a');
  for (let at = 10; at < 50; at += 10) answer(arrive(at, 'a'), at + 5);
  expect(findOverlaps(log.calls()).map(({ first, second }) => [first, second])).toEqual([
    [1, 2],
    [1, 3],
    [1, 4],
    [1, 5],
  ]);
});

test('the log keeps the newest calls, counts all, and says how many it dropped', () => {
  log = new CallLog(2, () => ({ wallMs: 0, monotonicMs: 0 }));
  for (const sessionId of ['a', 'b', 'c']) answer(arrive(0, sessionId), 0);
  expect(log.calls().map((call) => call.sessionId)).toEqual(['b', 'c']);
  expect(log.counts).toMatchObject({ calls: 3, droppedCalls: 1, byStatus: { '200': 3 } });
});
