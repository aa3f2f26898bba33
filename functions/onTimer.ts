import type { InvocationContext, Timer } from '@azure/functions';
import type { ProblemCode } from '../lib/contract/problem.ts';
import type { EventSink, UpkeepStep } from '../lib/events.ts';
import { StorageFault } from '../lib/ledger/storageFault.ts';
import { asProblem, eventSink } from './respond.ts';

/**
 * Runs a timer's work. A failure is reported as an event, and the invocation then fails with the problem's code alone,
 * so that the platform counts it and its log holds nothing of what storage answered.
 */
export function onTimer(
  step: UpkeepStep,
  work: (timer: Timer, emit: EventSink) => Promise<void>,
): (timer: Timer, context: InvocationContext) => Promise<void> {
  return async (timer, context) => {
    const emit = eventSink(context);
    const failed = await work(timer, emit).then(
      () => undefined,
      (error: unknown) => reportFailure(error, step, emit),
    );
    if (failed !== undefined) throw new Error(`${step}: ${failed}`);
  };
}

function reportFailure(error: unknown, step: UpkeepStep, emit: EventSink): ProblemCode {
  if (!(error instanceof StorageFault)) return asProblem(error, emit).code;
  emit('error', { event: 'ledger.fault', step, reason: error.message });
  return 'storage-unavailable';
}

/** The host fires up to a second early, and up to this much late when it had to start an instance first. */
const EARLY_MS = 1_000;
const LATE_MS = 60_000;

/**
 * Whether the schedule fired the timer, and not a person through `POST /admin/functions/<name>`. The body of that call
 * does not reach a timer function. The schedule status distinguishes the two: when the schedule fires, `next` is the
 * occurrence that is due; run by hand, the timer gets what its monitor has stored, whose `next` lies ahead, or nothing
 * (TimerListener and TimerTriggerBinding of azure-webjobs-sdk-extensions). In doubt it counts as run by hand: the run
 * then looks at more than it need, and misses nothing.
 */
export function firedBySchedule(timer: Timer, nowMs: number): boolean {
  if (timer.isPastDue) return true;
  const status = timer.scheduleStatus as Timer['scheduleStatus'] | null | undefined;
  const lateMs = nowMs - Date.parse(status?.next ?? '');
  return lateMs >= -EARLY_MS && lateMs < LATE_MS;
}
