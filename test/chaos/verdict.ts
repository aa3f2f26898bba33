import { type AllCounts, countAll } from './counts.ts';
import type { Evidence } from './harness/evidence.ts';
import type { ChaosOptions } from './harness/run.ts';
import { INVARIANTS } from './invariants/index.ts';
import type { Invariant, Violation } from './invariants/invariant.ts';
import { traceOf } from './trace.ts';

export interface InvariantResult {
  readonly name: string;
  readonly promise: string;
  readonly result: 'pass' | 'fail' | 'not checked';
  readonly violations: number;
  /** The first few. */
  readonly examples: readonly Violation[];
}

export interface Verdict {
  readonly verdict: 'pass' | 'fail';
  readonly seed: number;
  readonly options: ChaosOptions;
  readonly seconds: number;
  readonly counts: AllCounts;
  readonly invariants: readonly InvariantResult[];
  /** Why the run has shown nothing of what it was for, which fails it as well. */
  readonly provedNothing?: string | undefined;
  /** One offending session of each invariant that failed, every event in the order of time. */
  readonly trace?: readonly string[];
}

const EXAMPLES = 3;
/** What only the sweep can make true. */
const NEEDS_SWEEP = new Set(['history-complete', 'nothing-open', 'hosts-are-sessions', 'ends-confirmed']);

/** Judges a run. */
export function judge(evidence: Evidence, options: ChaosOptions, seconds: number): Verdict {
  const invariants = judgeInvariants(evidence);
  const failed = invariants.filter(({ result }) => result === 'fail');
  const offenders = new Set(
    failed.flatMap(({ examples }) => examples.find(({ sessionId }) => sessionId)?.sessionId ?? []),
  );
  const counts = countAll(evidence);
  const provedNothing = missed(options, counts);
  return {
    verdict: failed.length === 0 && provedNothing === undefined ? 'pass' : 'fail',
    seed: options.seed,
    options,
    seconds,
    counts,
    invariants,
    provedNothing,
    ...(offenders.size > 0 && {
      trace: [...offenders].flatMap((sessionId) => traceOf(evidence, sessionId)),
    }),
  };
}

function missed({ fleet, dry }: ChaosOptions, { overflowed }: AllCounts): string | undefined {
  if (fleet.length === 1 || dry !== true || overflowed > 0) return undefined;
  return 'No session went to the second fleet, although the first one was dry: ask for more --sessions.';
}

/** Each invariant's result. */
export function judgeInvariants(evidence: Evidence): InvariantResult[] {
  return INVARIANTS.map((invariant) => judgeOne(invariant, evidence));
}

function judgeOne({ name, promise, check }: Invariant, evidence: Evidence): InvariantResult {
  if (evidence.records.sweep === undefined && NEEDS_SWEEP.has(name)) {
    return { name, promise, result: 'not checked', violations: 0, examples: [] };
  }
  const violations = check(evidence);
  return {
    name,
    promise,
    result: violations.length === 0 ? 'pass' : 'fail',
    violations: violations.length,
    examples: violations.slice(0, EXAMPLES),
  };
}
