import { FleetPace, lookAgainMs } from '../../../lib/broker/pauses.ts';

/** Right at the beginning of the holder's call, in an instance that knows nothing of the fleet. */
const COLD = { waitedMs: 0, askingMs: 0, leaseLeftMs: 2_500, leastMs: 0 };
/** The same in an instance that knows the fleet to take a second. */
const WARM = { ...COLD, leastMs: 1_000 };
const HOURS_MS = 3_600_000;

describe('the pause before the next look', () => {
  it('is short where nothing is known of the fleet, and grows with the time waited', () => {
    expect(lookAgainMs(COLD)).toBe(50);
    expect(lookAgainMs({ ...COLD, waitedMs: 400 })).toBe(50);
    expect(lookAgainMs({ ...COLD, waitedMs: 1_000 })).toBe(120);
    expect(lookAgainMs({ ...COLD, waitedMs: 10_000 })).toBe(1_200);
  });

  it('lasts until a host is likely to be there, where the fleet is known, and a second at the most', () => {
    expect(lookAgainMs(WARM)).toBe(850);
    expect(lookAgainMs({ ...WARM, leastMs: 5_000 })).toBe(1_000);
    expect(lookAgainMs({ ...WARM, waitedMs: 500, askingMs: 500 })).toBe(350);
    expect(lookAgainMs({ ...WARM, waitedMs: 850, askingMs: 850 })).toBe(102);
    expect(lookAgainMs({ ...WARM, leastMs: 100 })).toBe(85);
  });

  it('is short for a caller that comes when the host is due', () => {
    expect(lookAgainMs({ ...WARM, askingMs: 840 })).toBe(50);
    expect(lookAgainMs({ ...WARM, askingMs: 700 })).toBe(150);
  });

  it('suffers little from wall clocks that are hours apart', () => {
    expect(lookAgainMs({ ...WARM, askingMs: 9 * HOURS_MS })).toBe(50);
    expect(lookAgainMs({ ...WARM, askingMs: -9 * HOURS_MS })).toBe(850);
    expect(lookAgainMs({ ...WARM, waitedMs: 500, askingMs: -9 * HOURS_MS })).toBe(350);
  });

  it('ends with the lease of the other', () => {
    expect(lookAgainMs({ ...WARM, leaseLeftMs: 30 })).toBe(30);
    expect(lookAgainMs({ ...COLD, leaseLeftMs: -5 })).toBe(0);
  });

  it.each([
    ['0.3 s', 300, [255, 305]],
    ['1 s', 1_000, [850, 952, 1_066]],
    ['3 s', 3_000, [1_000, 2_000, 2_550, 2_856, 3_199]],
  ])('makes a caller that waits for %s look so often, and hear little later', (_name, fleetMs, expected) => {
    expect(looks({ fleetMs, leastMs: fleetMs })).toEqual(expected);
  });

  it('makes one that knows nothing look more often for the same second', () => {
    expect(looks({ fleetMs: 1_000, leastMs: 0 })).toHaveLength(17);
  });
});

describe('the pace of the fleet', () => {
  it('is the least of the last sixteen times', () => {
    const pace = new FleetPace();
    expect(pace.leastMs).toBe(0);
    pace.note(300);
    expect(pace.leastMs).toBe(300);
    for (let n = 0; n < 15; n += 1) pace.note(1_000);
    expect(pace.leastMs).toBe(300);
    pace.note(900);
    expect(pace.leastMs).toBe(900);
  });
});

/** When a caller looks that waits from the beginning, in whole milliseconds: the last look finds the host. */
function looks({ fleetMs, leastMs }: { readonly fleetMs: number; readonly leastMs: number }): number[] {
  const times: number[] = [];
  for (let waitedMs = 0; waitedMs < fleetMs; times.push(Math.round(waitedMs)))
    waitedMs += lookAgainMs({ waitedMs, askingMs: waitedMs, leaseLeftMs: 2_500, leastMs });
  return times;
}
