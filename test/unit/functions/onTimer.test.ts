import type { InvocationContext, Timer } from '@azure/functions';
import { firedBySchedule, onTimer } from '../../../functions/onTimer.ts';
import { StorageFault } from '../../../lib/ledger/storageFault.ts';

const NOW = Date.parse('2026-11-22T08:15:00.200Z');

const timer = (next: string, isPastDue = false): Timer => ({
  isPastDue,
  schedule: { adjustForDST: true },
  scheduleStatus: { last: '2026-11-22T08:10:00Z', next, lastUpdated: '2026-11-22T08:10:00Z' },
});

describe('firedBySchedule', () => {
  it.each<[string, Timer, boolean]>([
    ['on time', timer('2026-11-22T08:15:00+00:00'), true],
    ['a moment early', timer('2026-11-22T08:15:01Z'), true],
    ['after a cold start', timer('2026-11-22T08:14:20Z'), true],
    ['past due', timer('2026-11-22T03:00:00Z', true), true],
    ['by hand, before the next occurrence', timer('2026-11-22T08:15:02Z'), false],
    ['by hand, on a host that never fired', timer('0001-01-01T00:00:00'), false],
    ['by hand, on the development host', timer('1970-01-01T00:00:00.000Z'), false],
    ['without a monitor', { ...timer(''), scheduleStatus: null } as unknown as Timer, false],
  ])('%s', (_name, payload, expected) => {
    expect(firedBySchedule(payload, NOW)).toBe(expected);
  });
});

describe('onTimer', () => {
  const lines: string[] = [];
  const write = (line: string): number => lines.push(line);
  const context = { debug: write, info: write, warn: write, error: write } as unknown as InvocationContext;

  beforeEach(() => {
    lines.length = 0;
  });

  it('fails the invocation by the code of the fault, and tells nothing of what storage answered', async () => {
    const run = onTimer('sweep', () =>
      Promise.reject(new StorageFault('query', 'brokerhistory', 503, new Error('UPSTREAM TEXT'))),
    );
    const failure = await Promise.resolve(run(timer(''), context)).catch((error: unknown) => error);
    expect(failure).toEqual(new Error('sweep: storage-unavailable'));
    expect(failure).not.toHaveProperty('cause');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'ledger.fault', step: 'sweep', reason: 'query on table brokerhistory: status 503' },
    ]);
  });

  it('tells a defect as one', async () => {
    const run = onTimer('prune', () => Promise.reject(new TypeError('SECRET')));
    await expect(run(timer(''), context)).rejects.toThrow('prune: internal');
    expect(lines.join()).toContain('"event":"defect"');
    expect(lines.join()).not.toContain('SECRET');
  });
});
