import type { Evidence } from '../harness/evidence.ts';

export interface Violation {
  /** Absent: it is no one session's. */
  readonly sessionId?: string | undefined;
  readonly message: string;
}

/** A promise that must hold whatever failed. */
export interface Invariant {
  /** Short and stable: what the self-test and the reports go by. */
  readonly name: string;
  readonly promise: string;
  check(evidence: Evidence): readonly Violation[];
}

/** Checks each session by itself; each message becomes a violation of that session. */
export function ofEachSession(
  name: string,
  promise: string,
  check: (sessionId: string, evidence: Evidence) => readonly string[],
): Invariant {
  return {
    name,
    promise,
    check: (evidence) =>
      evidence.records.sessionIds.flatMap((sessionId) =>
        check(sessionId, evidence).map((message) => ({ sessionId, message })),
      ),
  };
}
