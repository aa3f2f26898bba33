import { type Schedule, parseSchedule } from '../../lib/config/schedule.ts';
import { isTimer, type HostedFunction } from './functions.ts';
import type { Invoker, Outcome } from './invoke.ts';
import type { Log } from './logging.ts';

export interface Timers {
  /** Runs a timer function now, apart from its schedule; one that is in error does not run. */
  run(fn: HostedFunction): Promise<Outcome>;
  stop(): void;
}

/** A run's place in its schedule, in milliseconds since the epoch. */
interface Occurrence {
  readonly dueMs: number;
  readonly lastMs: number | undefined;
}

/** Node's longest time-out, some 24 days; what lies further ahead is looked at again. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Schedules every timer function. As in Azure, a schedule that cannot be read takes its function out of service: the
 * log says so, `POST /admin/functions/<name>` is accepted and runs nothing, and the other functions go on.
 */
export function startTimers(functions: readonly HostedFunction[], invoker: Invoker, log: Log): Timers {
  const stops: (() => void)[] = [];
  const inError = new Set<string>();
  const run = async (fn: HostedFunction, occurrence?: Occurrence): Promise<Outcome> =>
    inError.has(fn.name)
      ? { ok: false }
      : invoker.invoke(fn, { data: { json: JSON.stringify(timerInfo(occurrence)) } });

  for (const fn of functions.filter(isTimer)) {
    try {
      const schedule = parseSchedule(resolveSchedule(fn.trigger.schedule));
      if (fn.disabled) continue;
      stops.push(onSchedule(schedule, (occurrence) => run(fn, occurrence)));
    } catch (error) {
      inError.add(fn.name);
      const message = `The '${fn.name}' function is in error: ${(error as Error).message}`;
      log({ level: 'error', function: fn.name, message });
    }
  }
  return { run, stop: () => stops.forEach((stop) => stop()) };
}

/** Runs of one function never overlap: what falls due meanwhile is left out. Returns how to stop. */
function onSchedule(schedule: Schedule, work: (occurrence: Occurrence) => Promise<unknown>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let lastMs: number | undefined;
  const fire = async (dueMs: number): Promise<void> => {
    const startedMs = Date.now();
    await work({ dueMs, lastMs });
    lastMs = startedMs;
    if (!stopped) arm(schedule.next(Date.now()));
  };
  const arm = (dueMs: number | undefined): void => {
    if (dueMs === undefined) return;
    // Node's timers may also be a millisecond early by the wall clock.
    timer = setTimeout(() => (Date.now() < dueMs ? arm(dueMs) : void fire(dueMs)), waitMs(dueMs));
  };
  arm(schedule.next(Date.now()));
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

const waitMs = (dueMs: number): number => Math.min(Math.max(dueMs - Date.now(), 1), LONGEST_MS);

/** `%NAME%` stands for the app setting of that name. */
function resolveSchedule(schedule = ''): string {
  return schedule.replaceAll(/%([^%]+)%/g, (reference, name: string) => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`the schedule names ${reference}, but there is no such setting`);
    return value;
  });
}

/**
 * The timer's payload, spelled as the host sends it: a run that the schedule fires gets the occurrence that is due as
 * `Next`, since the host moves its status on only after the run. There is no schedule monitor, so a run by hand gets
 * none, and no run is ever past due.
 */
function timerInfo(occurrence: Occurrence | undefined): object {
  const iso = (ms: number | undefined): string => new Date(ms ?? 0).toISOString();
  return {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: {
      Last: iso(occurrence?.lastMs),
      Next: iso(occurrence?.dueMs),
      LastUpdated: iso(Date.now()),
    },
    IsPastDue: false,
  };
}
