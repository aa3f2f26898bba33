import type { AnsweredOutcome } from './outcomes.ts';

/** How `POST /api/v1/allocations` was answered; `replayed`: with the host that the session had already. */
export type Answer = AnsweredOutcome | 'replayed';

/** Requests with one answer, and how long they took: how often each of some times occurred, in milliseconds. */
export interface AnswerCounts {
  readonly requests: number;
  readonly ms: Readonly<Record<string, number>>;
}

/** A stretch of time; what an answer is called is open, because a newer version may have written it. */
export interface RequestInterval {
  /** When it begins, ISO 8601. */
  readonly at: string;
  readonly answers: Readonly<Record<string, AnswerCounts>>;
}

/** What `GET /api/v1/history/requests` answers. */
export interface RequestCounts {
  readonly intervalSeconds: number;
  /** Oldest first; those without a request are left out. */
  readonly intervals: readonly RequestInterval[];
  readonly continuation?: string;
}
