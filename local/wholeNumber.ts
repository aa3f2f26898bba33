import { InvalidArgumentError } from 'commander';

/** Nine digits: more are a slip of the hand. */
const LARGEST = 999_999_999;

/** Reads a flag's value: a whole number from `least` to `most`. */
export function wholeNumber(least: number, most = LARGEST): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === LARGEST ? `, ${least} or more` : ` from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number${range}.`);
  };
}
