import type { App } from '../lib/composition.ts';
import { compose } from '../lib/composition.ts';
import { loadSettings, SettingsError } from '../lib/config/load.ts';
import { Problem } from '../lib/contract/problem.ts';
import type { EventSink } from '../lib/events.ts';

let app: App | undefined;

/**
 * The instance's object graph, built when it is first needed: an app whose settings are wrong must start all the same,
 * to say so.
 *
 * @throws Problem misconfigured, after the log has been told what is wrong
 */
export function getApp(emit: EventSink): App {
  try {
    return (app ??= compose(loadSettings(process.env)));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    emit('error', { event: 'settings.invalid', reason: error.message });
    throw new Problem(
      'misconfigured',
      'The broker is not configured. Its operators can see what is wrong in its log.',
    );
  }
}
