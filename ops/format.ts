import { formatCount } from '../lib/insights/figures.ts';

/** `5,000 attempts`, `1 attempt` */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `08:15:00`, UTC as everything on the page. */
export const clockTime = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** `22 Nov 08:15`: a moment of a range that may be longer than a day. */
export function moment(ms: number): string {
  const [, month = '', day = ''] = /-(\d\d)-(\d\d)T/.exec(new Date(ms).toISOString()) ?? [];
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ''} ${clockTime(ms).slice(0, 5)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** At most one decimal, and none of a whole number. */
export const short = (value: number): string => formatCount(Math.round(value * 10) / 10);
