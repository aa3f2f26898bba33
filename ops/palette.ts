import { kindOf } from '../lib/insights/outcomes.ts';

/** The outcomes with a colour of their own in ops/style.css; others share their kind's. */
const OWN = ['upstream-rejected', 'storage-unavailable', 'open'];

/** The custom property that holds an outcome's colour, as ops/style.css names it. */
export function colourName(outcome: string): string {
  return OWN.includes(outcome) ? `--${outcome}` : `--${kindOf(outcome)}`;
}

/** A custom property's value as it is now: light or dark. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
