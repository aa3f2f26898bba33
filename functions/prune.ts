import { app } from '@azure/functions';
import { scheduleFor } from '../lib/config/registration.ts';
import { getApp } from './app.ts';
import { onTimer } from './onTimer.ts';

/** Within Consumption's default functionTimeout of 5 minutes, too; the next run does the rest. */
const MOST_MS = 4 * 60_000;

/** Deletes what has expired and what is past retention. */
app.timer('prune', {
  schedule: scheduleFor('BROKER_PRUNE_SCHEDULE', process.env),
  handler: onTimer('prune', async (_timer, emit) => {
    const { upkeep } = await getApp(emit);
    const report = await upkeep.prune(MOST_MS);
    emit('info', { event: 'prune', ...report });
  }),
});
