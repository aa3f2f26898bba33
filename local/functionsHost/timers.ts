import { Cron } from 'croner';
import { isTimer, type HostedFunction } from './functions.ts';
import type { Invoker, Outcome } from './invoke.ts';
import type { Log } from './logging.ts';

export interface Timers {
  /** Runs a timer function now, apart from its schedule. */
  run(fn: HostedFunction): Promise<Outcome>;
  stop(): void;
}

/** Schedules every timer function; a schedule that cannot be read is logged and does not affect the other functions. */
export function startTimers(functions: readonly HostedFunction[], invoker: Invoker, log: Log): Timers {
  const jobs: Cron[] = [];
  const run = (fn: HostedFunction, job?: Cron): Promise<Outcome> =>
    invoker.invoke(fn, { data: { json: JSON.stringify(timerInfo(job)) } });

  for (const fn of functions.filter((each) => isTimer(each) && !each.disabled)) {
    try {
      // Real timers of one function never overlap, and run in UTC; day of month and day of week must both match.
      const options = { timezone: 'UTC', protect: true, domAndDow: true, mode: '6-part' as const };
      const job = async (self: Cron): Promise<void> => {
        await run(fn, self);
      };
      jobs.push(new Cron(resolveSchedule(fn.trigger.schedule), options, job));
    } catch (error) {
      log({ level: 'error', function: fn.name, message: `not scheduled: ${(error as Error).message}` });
    }
    if (fn.trigger.runOnStartup === true) void run(fn);
  }
  return {
    run: (fn) => run(fn),
    stop: () => {
      for (const job of jobs) job.stop();
    },
  };
}

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
function timerInfo(job: Cron | undefined): object {
  const iso = (date: Date | null | undefined): string => (date ?? new Date(0)).toISOString();
  return {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: {
      Last: iso(job?.previousRun()),
      Next: iso(job && dueOccurrence(job)),
      LastUpdated: iso(new Date()),
    },
    IsPastDue: false,
  };
}

/** The latest occurrence up to the start of the run under way. */
function dueOccurrence(job: Cron): Date | undefined {
  const startedMs = (job.currentRun() ?? new Date()).getTime();
  // Occurrences are found strictly before the reference.
  return job.previousRuns(1, new Date(startedMs + 1))[0];
}
