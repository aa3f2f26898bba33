import type { Attempt, HistoryItem } from '../contract/attempt.ts';
import { findName } from '../placement/names.ts';

/** Where the host is, by the name that the fleet was asked for ("West US" for the fleet's "WestUS"). */
export function regionOf({ region, locations }: HistoryItem): string | undefined {
  return region === undefined ? undefined : (findName(locations, region) ?? region);
}

/** Whether the attempt ended with a host. */
export const gotHost = ({ outcome }: Attempt): boolean => outcome === 'allocated';

/** When the attempt began, or the ending was asked for, in milliseconds since the epoch. */
export const beganAtMs = ({ claimedAt }: HistoryItem): number => Date.parse(claimedAt);

/** How many of its kind this one stands for: more than itself only in a sample. */
export const weightOf = ({ weight = 1 }: HistoryItem): number => weight;

/** From claim to answer, in milliseconds; not of an attempt whose row another closed, which is when it was found. */
export function tookMs({ claimedAt, closedAt, closedBy }: Attempt): number | undefined {
  if (closedAt === undefined || closedBy !== undefined) return undefined;
  return Math.max(0, Date.parse(closedAt) - Date.parse(claimedAt));
}
