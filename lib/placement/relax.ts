import type { PlacementPolicy, PlacementSettings } from './types.ts';

/**
 * The policy of an attempt: the last step whose time has come says what the cap is.
 *
 * @param waitedMs since the session's first attempt
 */
export function policyAfter({ relax = [], ...policy }: PlacementSettings, waitedMs: number): PlacementPolicy {
  const step = relax.findLast(({ afterSeconds }) => afterSeconds * 1_000 <= waitedMs);
  if (step === undefined) return policy;
  return { ...policy, maxLatencyMs: step.maxLatencyMs, relaxedAfterSeconds: step.afterSeconds };
}

/** When the cap changes after that, in milliseconds from the first attempt. */
export function laterSteps({ relax = [] }: PlacementSettings, waitedMs: number): readonly number[] {
  return relax.map(({ afterSeconds }) => afterSeconds * 1_000).filter((atMs) => atMs > waitedMs);
}
