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
  'writes lines for the first 20 hosts of 10 s, and one for the others, with their number (replayed: %s)',
  (replayed) => {
    for (let ms = 0; ms < 20; ms += 1) {
      expect(log.due(host(replayed, ms))).toEqual([{ ...host(replayed, ms), requests: 1 }]);
    }
    for (let ms = 0; ms < 5_000; ms += 1) expect(log.due(host(replayed, ms))).toEqual([]);
    nowMs += 9_999;
    expect(log.due(host(replayed, 2))).toEqual([]);
    nowMs += 1;
    expect(log.due(host(replayed, 3))).toEqual([
      { ...host(replayed, 2), requests: 5_001 },
      { ...host(replayed, 3), requests: 1 },
    ]);
  },
);

it('counts replays apart from first answers, and brings both with any request after 10 s', () => {
  for (let number = 0; number < 20; number += 1) log.due(host(false, 1));
  expect([log.due(host(false, 2)), log.due(host(true, 3)), log.due(host(true, 4))]).toEqual([[], [], []]);
  expect(log.due(refusal(5))).toEqual([{ ...refusal(5), requests: 1 }]);
  nowMs += 10_000;
  expect(log.due(refusal(6))).toEqual([
    { ...host(false, 2), requests: 1 },
    { ...host(true, 4), requests: 2 },
    { ...refusal(6), requests: 1 },
  ]);
  nowMs += 10_000;
  expect(log.due(refusal(7))).toEqual([{ ...refusal(7), requests: 1 }]);
});
