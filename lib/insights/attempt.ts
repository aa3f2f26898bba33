import type { HistoryEntry } from '../ledger/reading/historyEntry.ts';
import { findName } from '../placement/names.ts';

/**
 * One attempt at a host, as the command reads it from the table and as `GET /api/v1/history` answers it. Everything in
 * this folder runs in Node and in a browser alike: it imports no module of either.
 */
export type Attempt = Omit<HistoryEntry, 'key' | 'previous'>;

/** Where the host is, by the name that the fleet was asked for ("West US" for the fleet's "WestUS"). */
export function regionOf({ region, locations }: Attempt): string | undefined {
  return region === undefined ? undefined : (findName(locations, region) ?? region);
}

/** Whether the attempt ended with a host. */
export const gotHost = ({ outcome }: Attempt): boolean => outcome === 'allocated';

/** When the attempt began, in milliseconds since the epoch. */
export const beganAtMs = ({ claimedAt }: Attempt): number => Date.parse(claimedAt);
