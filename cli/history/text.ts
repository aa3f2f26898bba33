import pc from 'picocolors';
import type { RecordedOutcome } from '../../lib/contract/outcomes.ts';
import { kindOf, type OutcomeKind } from '../../lib/insights/outcomes.ts';

export type Colours = ReturnType<typeof pc.createColors>;

/** Colours on a terminal, and only there; NO_COLOR and FORCE_COLOR are respected. */
export function coloursFor(stream: NodeJS.WriteStream): Colours {
  const forced = Boolean(process.env['FORCE_COLOR']) && !process.env['NO_COLOR'];
  return pc.createColors(forced || (stream.isTTY && pc.isColorSupported));
}

const PAINT: Readonly<Record<OutcomeKind, 'green' | 'blue' | 'gray' | 'yellow' | 'magenta' | 'red'>> = {
  host: 'green',
  waiting: 'blue',
  over: 'gray',
  capacity: 'yellow',
  doubt: 'magenta',
  fault: 'red',
};

/** @param text the outcome's name, or its beginning where there is no room for more */
export function paintOutcome(outcome: RecordedOutcome, colours: Colours, text: string = outcome): string {
  return colours[PAINT[kindOf(outcome)]](text);
}

/** `2026-11-22 08:15:00` */
export const utcTime = (time: string | number): string =>
  new Date(time).toISOString().slice(0, 19).replace('T', ' ');
