import type { Invariant } from './invariant.ts';

export const noDefect: Invariant = {
  name: 'no-defect',
  promise: 'No broker met a defect of its own, or printed anything that is no event.',
  check: ({ records: { lines, outcries } }) => [
    ...lines.flatMap(({ broker, event }) =>
      event.event === 'defect' ? [{ message: `${broker}: ${event.reason} ${event.stack ?? ''}` }] : [],
    ),
    ...outcries.map(({ broker, text }) => ({ message: `${broker}: ${text}` })),
  ],
};
