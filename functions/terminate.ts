import { app } from '@azure/functions';
import { stopApp } from './app.ts';

/** The runtime ends the worker in order: a deployment, changed settings, scaling in. */
app.hook.appTerminate(stopApp);

/** The platform may signal the worker itself. The signal then takes its course, as if nobody had listened. */
process.once('SIGTERM', () => {
  void stopApp()
    .catch(() => undefined)
    .then(() => process.kill(process.pid, 'SIGTERM'));
});
