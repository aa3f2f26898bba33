import { createHash } from 'node:crypto';
import type { FleetChoice, GameMode } from './dependencies.ts';

/**
 * The fleets that a session of the mode may be asked of, in this order: the one that it begins at, then the others as the
 * settings list them. The same for a session whoever asks, and for a share that grows, the same sessions and more.
 */
export function fleetOrder(mode: GameMode, sessionId: string): readonly FleetChoice[] {
  const { choices, fleet, targets } = mode;
  if (choices === undefined) return [{ fleet, target: targets.get(fleet) }];
  const first = choices[beginning(choices, fractionOf(sessionId))];
  return first === undefined ? choices : [first, ...choices.filter((choice) => choice !== first)];
}

/** Which choice a session begins at: each has the share that it names, and the first without one has the rest. */
function beginning(choices: readonly FleetChoice[], fraction: number): number {
  let upTo = 0;
  for (const [index, { share }] of choices.entries()) {
    upTo += share ?? 0;
    if (fraction < upTo) return index;
  }
  return choices.findIndex(({ share }) => share === undefined);
}

/** A number from 0 to 1 that belongs to the session, evenly spread whatever makes the ids. */
function fractionOf(sessionId: string): number {
  return createHash('sha256').update(sessionId).digest().readUInt32BE() / 2 ** 32;
}
