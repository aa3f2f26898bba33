import type { Attempt } from '../lib/contract/attempt.ts';
import { readRange, SAMPLE } from '../lib/insights/range.ts';
import { type Caller, type Check, HistoryError, readChecks, readHistory } from './api.ts';
import { updated, updateSinceMs } from './loaded.ts';

/** Which part of the history is shown: so many minutes up to now, or up to an instant. */
export interface Range {
  readonly minutes: number;
  readonly untilMs?: number | undefined;
}

export interface Shown {
  readonly range: Range;
  /** Newest first; where the range has too many, a sample with weights. */
  readonly attempts: readonly Attempt[];
  readonly sinceMs: number;
  /** Where the range ends, by the broker's clock. */
  readonly nowMs: number;
  readonly checks: readonly Check[];
}

/** A sample of an update is as dense as the range's own, and not smaller than this. */
const LEAST_SAMPLE = 160;
const MINUTE_MS = 60_000;

/** Reads a range, or what is new in it since it was read. */
export async function load(
  range: Range,
  known: Shown | undefined,
  caller: Caller,
  onProgress: (count: number) => void,
): Promise<Shown> {
  const { minutes, untilMs } = range;
  const lengthMs = minutes * MINUTE_MS;
  const isSame = known?.range.minutes === minutes && known.range.untilMs === untilMs;
  const fromMs = isSame ? updateSinceMs(known.attempts) : undefined;
  const sinceMs = fromMs ?? (untilMs ?? Date.now()) - lengthMs;
  const since =
    fromMs === undefined && untilMs === undefined ? `${minutes}m` : new Date(sinceMs).toISOString();
  let nowMs = untilMs;
  let checks: Promise<readonly Check[]> | undefined;
  const fresh = await readRange(
    async ({ untilMs: endMs = untilMs, limit, sample, continuation }) => {
      const page = await readHistory(
        {
          since,
          ...(endMs !== undefined && { until: new Date(endMs).toISOString() }),
          ...(limit !== undefined && { limit: String(limit) }),
          ...(sample !== undefined && { sample: String(sample) }),
          ...(continuation !== undefined && { continuation }),
        },
        caller,
      );
      // Of the first page: the period's end was fixed there.
      nowMs ??= page.nowMs;
      // With a key that is known to be right.
      checks ??= checksOf(caller);
      return page;
    },
    { sinceMs, sample: sampleFor(sinceMs, lengthMs, untilMs ?? Date.now()), onProgress },
  );
  const endMs = nowMs ?? Date.now();
  const startMs = endMs - lengthMs;
  const attempts = updated((isSame ? known.attempts : undefined) ?? [], fresh, fromMs ?? startMs, startMs);
  return { range, attempts, sinceMs: startMs, nowMs: endMs, checks: (await checks) ?? [] };
}

/** What the connection lacks, the history lacks, too, and says. */
function checksOf(caller: Caller): Promise<readonly Check[]> {
  return readChecks(caller).catch((error: unknown) =>
    error instanceof HistoryError ? [{ name: 'checks', ok: false, message: error.message }] : [],
  );
}

function sampleFor(sinceMs: number, lengthMs: number, endMs: number): number {
  const share = Math.min(1, (endMs - sinceMs) / lengthMs);
  return Math.max(LEAST_SAMPLE, Math.ceil(SAMPLE * share));
}
