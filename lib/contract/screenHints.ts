import type { DroppedHint, DropReason, Hint, PlayerHints } from '../placement/types.ts';
import { LIMITS } from './limits.ts';

/** One measurement as a client sends it. */
export interface SentHint {
  readonly location: string;
  readonly ms: number | null;
}

type Screened = Pick<PlayerHints, 'latencies' | 'dropped'>;

/**
 * Separates what one player measured from what only stands for a measurement, so that none refuses a match: engines
 * and SDKs write 0, -1, `int.MaxValue`, `float.MaxValue` or `null` for "could not measure". Of a location that a list
 * names twice, however it is spelt, the smallest measurement stays: the others were held up on their way.
 *
 * @param keyOf how names are compared: `normaliseLocation`
 */
export function screenHints(sent: readonly SentHint[], keyOf: (name: string) => string): Screened {
  const best = new Map<string, Hint>();
  const dropped: DroppedHint[] = [];
  for (const { location, ms } of sent) {
    if (ms === null || ms <= 0 || ms > LIMITS.latencyMs) {
      dropped.push({ location, reason: whyDropped(ms) });
      continue;
    }
    const key = keyOf(location);
    const earlier = best.get(key);
    if (earlier === undefined || ms < earlier.ms) best.set(key, { location, ms });
    if (earlier !== undefined) dropped.push({ location, reason: 'repeated' });
  }
  return { latencies: [...best.values()], ...(dropped.length === 0 ? {} : { dropped }) };
}

function whyDropped(ms: number | null): DropReason {
  if (ms === null) return 'null';
  return ms <= 0 ? 'zero-or-less' : 'over-a-minute';
}
