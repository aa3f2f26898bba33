import { boundedRetryAfterMs, retryAfterMs } from '../../../../lib/fleets/http/retryAfter.ts';

describe('Retry-After', () => {
  beforeEach(() => jest.useFakeTimers({ now: Date.UTC(2026, 10, 22, 8, 0, 0) }));
  afterEach(() => jest.useRealTimers());

  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['300', 300_000],
    ['301', 300_000],
    ['9999999999', 300_000],
    ['Sun, 22 Nov 2026 08:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 07:59:00 GMT', 0],
    ['Mon, 22 Nov 2027 08:00:00 GMT', 300_000],
  ])('%p is %d ms', (value, ms) => {
    expect(retryAfterMs(value, undefined)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '99999999999',
    '2026-11-22',
    'Sun, 99 Foo 2026 08:00:30 GMT',
  ])('%p is none', (value) => {
    expect(retryAfterMs(value, undefined)).toBeUndefined();
  });

  it("counts a date from the sender's clock", () => {
    expect(retryAfterMs('Sun, 22 Nov 2026 09:00:20 GMT', 'Sun, 22 Nov 2026 09:00:00 GMT')).toBe(20_000);
    expect(retryAfterMs('Sun, 22 Nov 2026 08:00:20 GMT', 'yesterday')).toBe(20_000);
  });

  it('is bounded wherever it came from', () => {
    expect([-5, 10, 1e12].map(boundedRetryAfterMs)).toEqual([0, 10, 300_000]);
  });
});
