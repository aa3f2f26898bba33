import { MOST_ATTEMPTS, updated, updateSinceMs } from '../../../ops/loaded.ts';
import { attempt, without } from '../../support/attempts.ts';

const at = (minute: number): string => `2026-11-22T08:${String(minute).padStart(2, '0')}:00.000Z`;
const ms = (minute: number): number => Date.parse(at(minute));
const minutes = ({ attempts }: { attempts: readonly { claimedAt: string }[] }): string[] =>
  attempts.map(({ claimedAt }) => claimedAt.slice(14, 16));

it('reads two minutes again, and further back to the oldest attempt that is open', () => {
  const newest = attempt({ claimedAt: at(30) });
  expect(updateSinceMs({ attempts: [], cut: false })).toBeUndefined();
  expect(updateSinceMs({ attempts: [newest], cut: false })).toBe(ms(28));
  const open = without('open', { claimedAt: at(12) });
  const attempts = [newest, without('open', { claimedAt: at(20) }), open, attempt({ claimedAt: at(5) })];
  expect(updateSinceMs({ attempts, cut: false })).toBe(ms(12));
});

it('puts what is new before what is known, and lets go what has left the range', () => {
  const known = { attempts: [30, 29, 10, 5].map((minute) => attempt({ claimedAt: at(minute) })), cut: false };
  const fresh = { attempts: [31, 30, 29].map((minute) => attempt({ claimedAt: at(minute) })), cut: false };
  const now = updated(known, fresh, ms(28), ms(8));
  expect(minutes(now)).toEqual(['31', '30', '29', '10']);
  expect(now.attempts[1]).toBe(fresh.attempts[1]);
  expect(now.cut).toBe(false);
});

it('keeps the latest 5,000 and says that it cut', () => {
  const many = Array.from({ length: 5_000 }, () => attempt({ claimedAt: at(20) }));
  const first = updated({ attempts: [], cut: false }, { attempts: many, cut: false }, ms(0), ms(0));
  expect([first.attempts.length, first.cut]).toEqual([5_000, false]);
  const next = updated(first, { attempts: [attempt({ claimedAt: at(25) })], cut: false }, ms(24), ms(0));
  expect([next.attempts.length, next.attempts.length === MOST_ATTEMPTS, next.cut]).toEqual([
    5_000,
    true,
    true,
  ]);
});

it('drops what is known when an update left a gap before it', () => {
  const known = { attempts: [attempt({ claimedAt: at(10) })], cut: false };
  const now = updated(known, { attempts: [attempt({ claimedAt: at(40) })], cut: true }, ms(8), ms(0));
  expect([minutes(now), now.cut]).toEqual([['40'], true]);
});

it('is whole again once the range begins after what was cut', () => {
  const known = { attempts: [30, 20].map((minute) => attempt({ claimedAt: at(minute) })), cut: true };
  const fresh = { attempts: [], cut: false };
  expect(updated(known, fresh, ms(31), ms(15)).cut).toBe(true);
  expect(updated(known, fresh, ms(31), ms(25)).cut).toBe(false);
});
