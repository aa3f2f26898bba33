import { InvalidArgumentError } from 'commander';
import { FLEETS, type FleetName } from '../lib/fleets/fleet.ts';
import { canonicalGuid } from '../lib/guid.ts';

/** The fleet that is asked, and the one after it. */
export type FleetNames = readonly [FleetName, FleetName?];

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

/** Reads the value of a flag that names a port. */
export const portNumber = wholeNumber(0, 65_535);

/** Reads the value of a flag that lists names, separated by commas. */
export function nameList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names separated by commas.');
  return names;
}

/** Reads the value of a flag that names one fleet, or two in the order in which they are asked. */
export function fleetNames(text: string): FleetNames {
  const names = nameList(text);
  const known = names.flatMap((name) => FLEETS.filter((fleet) => fleet === name));
  const [first, next] = known;
  if (known.length === names.length && first !== undefined && first !== next && known.length < 3) {
    return next === undefined ? [first] : [first, next];
  }
  throw new InvalidArgumentError(`It must be ${FLEETS.join(' or ')}, or both with a comma between.`);
}

/** Reads the value of a flag that names a session; canonical, in lower case. */
export function guid(text: string): string {
  const sessionId = canonicalGuid(text);
  if (sessionId !== undefined) return sessionId;
  throw new InvalidArgumentError('It must be a GUID: 32 hexadecimal digits, with or without hyphens.');
}
