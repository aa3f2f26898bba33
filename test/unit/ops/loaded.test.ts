import { updated, updateSinceMs } from '../../../ops/loaded.ts';
import { attempt, without } from '../../support/attempts.ts';

const at = (minute: number): string => `2026-11-22T08:${String(minute).padStart(2, '0')}:00.000Z`;
const ms = (minute: number): number => Date.parse(at(minute));
const minutes = (attempts: readonly { claimedAt: string }[]): string[] =>
  attempts.map(({ claimedAt }) => claimedAt.slice(14, 16));

it('reads two minutes again, and further back to the oldest attempt that is open', () => {
  const newest = attempt({ claimedAt: at(30) });
  expect(updateSinceMs([])).toBeUndefined();
  expect(updateSinceMs([newest])).toBe(ms(28));
  const open = without('open', { claimedAt: at(12) });
  const attempts = [newest, without('open', { claimedAt: at(20) }), open, attempt({ claimedAt: at(5) })];
  expect(updateSinceMs(attempts)).toBe(ms(12));
});

it('reads the range anew before it holds more than a browser should', () => {
  const many = Array.from({ length: 12_000 }, () => attempt({ claimedAt: at(20) }));
  expect(updateSinceMs(many)).toBe(ms(18));
  expect(updateSinceMs([...many, attempt()])).toBeUndefined();
});

it('puts what is new before what is known, and lets go what has left the range', () => {
  const known = [30, 29, 10, 5].map((minute) => attempt({ claimedAt: at(minute) }));
  const fresh = [31, 30, 29].map((minute) => attempt({ claimedAt: at(minute) }));
  const now = updated(known, fresh, ms(28), ms(8));
  expect(minutes(now)).toEqual(['31', '30', '29', '10']);
  expect(now[1]).toBe(fresh[1]);
});
