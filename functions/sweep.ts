import { app } from '@azure/functions';
import { scheduleFor } from '../lib/config/registration.ts';
import { Problem } from '../lib/contract/problem.ts';
import { getApp } from './app.ts';
import { firedBySchedule, onTimer } from './onTimer.ts';

/** Scheduled runs never overlap: a long one is cut off, and the next continues. */
const SCHEDULED_MS = 2 * 60_000;
/** Well inside Flex Consumption's default functionTimeout of 30 minutes. */
const BY_HAND_MS = 20 * 60_000;

/** Closes what died. Run by hand it looks at everything from the retention limit on. */
app.timer('sweep', {
  schedule: scheduleFor('BROKER_SWEEP_SCHEDULE', process.env),
  handler: onTimer('sweep', async (timer, emit) => {
    const everything = !firedBySchedule(timer, Date.now());
    const { upkeep } = await getApp(emit);
    const report = await upkeep.sweep({
      everything,
      mostMs: everything ? BY_HAND_MS : SCHEDULED_MS,
    });
    emit(report.faults > 0 ? 'warn' : 'info', { event: 'sweep', ...report });
    if (report.faults > 0)
      throw new Problem('storage-unavailable', 'Rows were left open because of a storage fault.');
  }),
});
