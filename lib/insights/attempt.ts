import { type Attempt, type HistoryItem, isAttempt, isEnding } from '../contract/attempt.ts';
import { findName, normaliseLocation } from '../placement/names.ts';

/** Where the host is, by the name that the fleet was asked for ("West US" for the fleet's "WestUS"). */
export function regionOf({ region, locations }: HistoryItem): string | undefined {
  return region === undefined ? undefined : (findName(locations, region) ?? region);
}

/** Whether its host is there. The row of an ending names no location: its region is spelt as the fleet spells it. */
export function isIn(item: HistoryItem, region: string): boolean {
  const own = regionOf(item);
  if (own === region || own === undefined || !isEnding(item)) return own === region;
  return normaliseLocation(own) === normaliseLocation(region);
}

/** The regions of all, each in one spelling: as it was asked for, where it was. */
export function regionsOf(items: readonly HistoryItem[]): readonly string[] {
  const asked = [...new Set(items.filter(isAttempt).flatMap((attempt) => regionOf(attempt) ?? []))];
  const ended = new Set(items.filter(isEnding).flatMap(({ region }) => region ?? []));
  return [...asked, ...[...ended].filter((region) => findName(asked, region) === undefined)];
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
