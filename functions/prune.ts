import { app } from '@azure/functions';
import { scheduleFor } from '../lib/config/registration.ts';
import { Problem } from '../lib/contract/problem.ts';
import { getApp } from './app.ts';
import { onTimer } from './onTimer.ts';

/**
 * Well inside Flex Consumption's default functionTimeout of 30 minutes. A run that is killed before has written down how
 * far it has come; the next one goes on there.
 */
const MOST_MS = 20 * 60_000;

/** Deletes what has expired and what is past retention. */
app.timer('prune', {
  schedule: scheduleFor('BROKER_PRUNE_SCHEDULE', process.env),
  handler: onTimer('prune', async (_timer, emit) => {
    const { upkeep } = await getApp(emit);
    const report = await upkeep.prune(MOST_MS);
    emit(report.faults > 0 ? 'warn' : 'info', { event: 'prune', ...report });
    if (report.faults > 0)
      throw new Problem('storage-unavailable', 'Rows were left to the next run because of a storage fault.');
  }),
});
