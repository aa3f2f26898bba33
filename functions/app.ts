import type { App } from '../lib/composition.ts';
import { loadSettings, SettingsError } from '../lib/config/load.ts';
import { type SettingProblem, renamedSettings, unknownSettings } from '../lib/config/read.ts';
import { Problem } from '../lib/contract/problem.ts';
import type { EventSink } from '../lib/events.ts';
import { onceSuccessful } from '../lib/once.ts';

const app = onceSuccessful(build);
let built: App | undefined;
let stopping = false;

/**
 * The instance's object graph, built when it is first needed. An app whose settings are wrong must still start, to say
 * so; and most of the code is loaded only then, so that the functions start sooner.
 *
 * @throws Problem misconfigured, once the log says what is wrong
 */
export async function getApp(emit: EventSink): Promise<App> {
  try {
    return await app(emit);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    emit('error', { event: 'settings.invalid', reason: error.message });
    throw new Problem(
      'misconfigured',
      'The broker is not configured. Its operators can see what is wrong in its log.',
      { cause: error },
    );
  }
}

async function build(emit: EventSink): Promise<App> {
  const settings = loadSettings(process.env);
  // Otherwise a misspelt optional setting would silently become the default.
  warn('settings.unknown', unknownSettings(process.env), emit);
  warn('settings.renamed', renamedSettings(process.env), emit);
  const { compose } = await import('../lib/composition.ts');
  built = compose(settings);
  // Asked to stop while it was built, or before.
  if (stopping) await built.broker.stop();
  return built;
}

/** Stops the work of this instance in order; where none has begun, none will. */
export async function stopApp(): Promise<void> {
  stopping = true;
  await built?.broker.stop();
  await built?.requestCounter.stop();
}

export function isStopping(): boolean {
  return stopping;
}

function warn(
  event: 'settings.unknown' | 'settings.renamed',
  warnings: readonly SettingProblem[],
  emit: EventSink,
): void {
  if (warnings.length === 0) return;
  emit('warn', {
    event,
    reason: warnings.map(({ setting, message }) => `${setting}: ${message}`).join('; '),
  });
}
