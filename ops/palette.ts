import type { RecordedOutcome } from '../lib/contract/outcomes.ts';
import { type OutcomeKind, kindOf } from '../lib/insights/outcomes.ts';

/** The outcomes that need telling apart from others of their kind. */
const OWN = [
  'upstream-rejected',
  'storage-unavailable',
  'open',
] as const satisfies readonly RecordedOutcome[];
type Own = (typeof OWN)[number];

/** A custom property of ops/style.css that holds an outcome's colour. */
export type OutcomeColour = `--${OutcomeKind | Own}`;

/** Its own colour, or that of its kind. */
export function colourName(outcome: RecordedOutcome): OutcomeColour {
  return `--${OWN.find((own) => own === outcome) ?? kindOf(outcome)}`;
}
