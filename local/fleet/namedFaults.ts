import type { FaultRule } from './faultSchema.ts';

/** Faults that people try most, by the names that `--fault` and `POST /_control/faults/<name>` know. */
export const NAMED_FAULTS = {
  /** Every call fails, as in an outage. */
  down: { action: { type: 'status', status: 500 } },
  /** No call is permitted, as with a credential that was withdrawn. */
  refused: { action: { type: 'status', status: 403 } },
  /** No server is free for a session that has none yet. */
  full: { action: { type: 'no-capacity' } },
  /** Every answer comes later than the broker waits for it. */
  slow: { action: { type: 'delay', ms: 20_000 } },
  /** No answer can be read. */
  garbled: { action: { type: 'garbage' } },
  /** The server is started, and the first answer about it is lost. */
  lost: { point: 'allocated', times: 1, action: { type: 'reset' } },
} as const satisfies Record<string, FaultRule>;

export type FaultName = keyof typeof NAMED_FAULTS;

export const FAULT_NAMES = Object.keys(NAMED_FAULTS) as readonly FaultName[];

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(NAMED_FAULTS, name);
}
