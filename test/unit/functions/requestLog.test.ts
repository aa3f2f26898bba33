import { RequestLog } from '../../../functions/requestLog.ts';

const host = (replayed: boolean, totalMs: number) =>
  ({
    event: 'allocation.request',
    outcome: 'allocated',
    status: replayed ? 200 : 201,
    replayed,
    totalMs,
  }) as const;
const refusal = (totalMs: number) =>
  ({ event: 'allocation.request', outcome: 'no-capacity', status: 503, replayed: false, totalMs }) as const;

let nowMs: number;
let log: RequestLog;

beforeEach(() => {
  nowMs = 1_000;
  log = new RequestLog(() => nowMs);
});

it('writes a line for each request that got no host', () => {
  expect([log.due(refusal(1)), log.due(refusal(2))]).toEqual([
    [{ ...refusal(1), requests: 1 }],
    [{ ...refusal(2), requests: 1 }],
  ]);
});

it.each([false, true])(
  'writes one line for the hosts of 10 s, with their number (replayed: %s)',
  (replayed) => {
    expect(log.due(host(replayed, 1))).toEqual([{ ...host(replayed, 1), requests: 1 }]);
    for (let number = 0; number < 5_000; number += 1) expect(log.due(host(replayed, number))).toEqual([]);
    nowMs += 9_999;
    expect(log.due(host(replayed, 2))).toEqual([]);
    nowMs += 1;
    expect(log.due(host(replayed, 3))).toEqual([{ ...host(replayed, 3), requests: 5_002 }]);
  },
);

it('counts replays apart from first answers', () => {
  expect(log.due(host(false, 1))).toEqual([{ ...host(false, 1), requests: 1 }]);
  expect(log.due(host(true, 2))).toEqual([{ ...host(true, 2), requests: 1 }]);
});

it('brings what was counted with any request after 10 s', () => {
  log.due(host(true, 1));
  log.due(host(true, 2));
  nowMs += 10_000;
  expect(log.due(refusal(4))).toEqual([
    { ...host(true, 2), requests: 1 },
    { ...refusal(4), requests: 1 },
  ]);
  nowMs += 10_000;
  expect(log.due(refusal(5))).toEqual([{ ...refusal(5), requests: 1 }]);
});
