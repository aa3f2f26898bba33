import { ScheduleError, parseSchedule } from '../../../lib/config/schedule.ts';

const FROM = Date.parse('2026-11-27T12:34:56Z');

const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', '');

/**
 * What NCrontab.Signed 3.4.0 itself answered (CrontabSchedule.TryParse with IncludingSeconds, and GetNextOccurrence
 * three times from 2026-11-27T12:34:56); so did 120,000 generated expressions, without a difference.
 */
const FIRES: readonly [string, readonly string[]][] = [
  ['0 */5 * * * *', ['2026-11-27T12:35:00', '2026-11-27T12:40:00', '2026-11-27T12:45:00']],
  ['0 17 * * * *', ['2026-11-27T13:17:00', '2026-11-27T14:17:00', '2026-11-27T15:17:00']],
  ['0 30 3 * * *', ['2026-11-28T03:30:00', '2026-11-29T03:30:00', '2026-11-30T03:30:00']],
  ['* * * * * *', ['2026-11-27T12:34:57', '2026-11-27T12:34:58', '2026-11-27T12:34:59']],
  ['0   0  0 * * *', ['2026-11-28T00:00:00', '2026-11-29T00:00:00', '2026-11-30T00:00:00']],
  ['0 5-1 * * * *', ['2026-11-27T13:01:00', '2026-11-27T13:02:00', '2026-11-27T13:03:00']],
  ['0 0 0 * * FRI-MON', ['2026-11-30T00:00:00', '2026-12-01T00:00:00', '2026-12-02T00:00:00']],
  ['0 0 0 * * sunday', ['2026-11-29T00:00:00', '2026-12-06T00:00:00', '2026-12-13T00:00:00']],
  ['0 0 0 * * s', ['2026-11-29T00:00:00', '2026-12-06T00:00:00', '2026-12-13T00:00:00']],
  ['0 0 0 * * T', ['2026-12-01T00:00:00', '2026-12-08T00:00:00', '2026-12-15T00:00:00']],
  ['0 0 0 1 j *', ['2027-01-01T00:00:00', '2028-01-01T00:00:00', '2029-01-01T00:00:00']],
  ['0 0 0 1 Feb,dec *', ['2026-12-01T00:00:00', '2027-02-01T00:00:00', '2027-12-01T00:00:00']],
  ['0 */0 * * * *', ['2026-11-27T12:35:00', '2026-11-27T12:36:00', '2026-11-27T12:37:00']],
  ['0 */-5 * * * *', ['2026-11-27T12:35:00', '2026-11-27T12:36:00', '2026-11-27T12:37:00']],
  ['0 */+20 * * * *', ['2026-11-27T12:40:00', '2026-11-27T13:00:00', '2026-11-27T13:20:00']],
  ['0 007 * * * *', ['2026-11-27T13:07:00', '2026-11-27T14:07:00', '2026-11-27T15:07:00']],
  ['0 40/10 * * * *', ['2026-11-27T12:40:00', '2026-11-27T12:50:00', '2026-11-27T13:40:00']],
  ['0 10-20/7 * * * *', ['2026-11-27T13:10:00', '2026-11-27T13:17:00', '2026-11-27T14:10:00']],
  ['0 20-10/7 * * * *', ['2026-11-27T13:10:00', '2026-11-27T13:17:00', '2026-11-27T14:10:00']],
  ['0 *,5 */12 * * *', ['2026-11-27T12:35:00', '2026-11-27T12:36:00', '2026-11-27T12:37:00']],
  ['0 0 0 13 * 5', ['2027-08-13T00:00:00', '2028-10-13T00:00:00', '2029-04-13T00:00:00']],
  ['0 0 0 29 2 1', ['2044-02-29T00:00:00', '2072-02-29T00:00:00', '2112-02-29T00:00:00']],
  ['59 59 23 31 12 *', ['2026-12-31T23:59:59', '2027-12-31T23:59:59', '2028-12-31T23:59:59']],
  ['0 59/1 * * * *', ['2026-11-27T12:59:00', '2026-11-27T13:59:00', '2026-11-27T14:59:00']],
];

/** The last of the year 9999, which is its word for never. */
const NEVER = ['0 0 0 31 4,6 *', '0 0 0 31 2 *'];

/** Null, or an exception where a number is too large. Of five fields the package would be asked without seconds. */
const REFUSED = [
  '0 0 3 * * 7',
  '0 0 3 * * 0-7',
  '0 0 3 ? * *',
  '0 0 3 L * *',
  '0 0 3 15W * *',
  '0 0 3 * * 5#2',
  '0 60 * * * *',
  '60 0 * * * *',
  '0 0 24 * * *',
  '0 0 0 0 * *',
  '0 0 0 32 * *',
  '0 0 0 * 0 *',
  '0 0 0 * 13 *',
  '0 1,,2 * * * *',
  '0 1, * * * *',
  '0 ,1 * * * *',
  '0 1--2 * * * *',
  '0 1-2-3 * * * *',
  '0 -1 * * * *',
  '0 */5/2 * * * *',
  '0 */ * * * *',
  '0 /5 * * * *',
  '0 *-5 * * * *',
  '0 ** * * * *',
  '0 1.5 * * * *',
  '0 0x5 * * * *',
  '0 0 0 * * sundays',
  '0 0 0 * * m-',
  '0 0 0 * january5 *',
  '0 mon * * * *',
  '0 5/2147483647 * * * *',
  '0 */99999999999 * * * *',
  '0 0 0 * *',
  '0 0 0 * * * *',
  'often',
];

describe('a timer expression', () => {
  it.each(FIRES)('%s fires when the host says', (text, expected) => {
    const schedule = parseSchedule(text);
    const found: (number | undefined)[] = [];
    for (let last = FROM; found.length < 3; last = found.at(-1) ?? NaN) found.push(schedule.next(last));
    expect(found.map(iso)).toEqual(expected);
    // And backwards from the third, the same.
    const third = found[2] ?? NaN;
    expect(iso(schedule.previous(third + 1))).toBe(expected[2]);
    expect(iso(schedule.previous(third))).toBe(expected[1]);
  });

  it.each(NEVER)('%s never fires', (text) => {
    expect(parseSchedule(text).next(FROM)).toBeUndefined();
    expect(parseSchedule(text).previous(FROM)).toBeUndefined();
  });

  it.each(REFUSED)('%s is refused, as by the host', (text) => {
    expect(() => parseSchedule(text)).toThrow(ScheduleError);
  });

  it('is refused with the field and what it may hold', () => {
    expect(() => parseSchedule('0 0 3 * * 7')).toThrow(
      'day of the week: expected *, numbers from 0 to 6, or English names, ranges such as 0-1, or lists of these, each with a /step or without',
    );
    expect(() => parseSchedule('often')).toThrow(
      'expected six fields of NCRONTAB, the first of which is seconds',
    );
  });
});
