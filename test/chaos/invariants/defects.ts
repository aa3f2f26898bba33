import type { Invariant } from './invariant.ts';

/** How a timer tells the platform that it could not do its work this time; it does it the next. */
const TIMER_FAILED = /^Error: (sweep|prune): storage-unavailable\b/;

export const noDefect: Invariant = {
  name: 'no-defect',
  promise:
    'No broker met a defect of its own, or printed anything that is neither an event nor a timer’s failure for want of storage.',
  check: ({ records: { lines, outcries } }) => [
    ...lines.flatMap(({ broker, event }) =>
      event.event === 'defect' ? [{ message: `${broker}: ${event.reason} ${event.stack ?? ''}` }] : [],
    ),
    ...outcries
      .filter(({ text }) => !TIMER_FAILED.test(text))
      .map(({ broker, text }) => ({ message: `${broker}: ${text}` })),
  ],
};
