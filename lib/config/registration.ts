/** What is read of the settings while functions are registered, when nothing may throw. */
import { type Env, readSettings, valueOf } from './read.ts';
import { brokenRules } from './rules.ts';
import { settingsSchema } from './schema.ts';

/** Whether the Functions host asks for a function key before the broker's code runs. */
export type AuthLevel = 'function' | 'anonymous';

/**
 * Read while functions are registered, so it never throws. A token or nobody replaces the function key only where
 * BROKER_AUTH is sound and clearly says so; whatever is malformed asks for the key, and is refused behind it.
 */
export function authLevelFor(env: Env): AuthLevel {
  // The default, and the usual case: a cold start need not validate every setting to know it.
  if (valueOf(env, 'BROKER_AUTH') === undefined) return 'function';
  const { parsed } = readSettings(env);
  const broken = brokenRules(parsed, () => true).some(({ setting }) => setting === 'BROKER_AUTH');
  const mode = parsed.BROKER_AUTH?.mode;
  return broken || mode === undefined || mode === 'key' ? 'function' : 'anonymous';
}

/**
 * The timer expression of a setting, read while functions are registered. The host refuses a function whose expression
 * is malformed, so a malformed one gives the default; loadSettings names the mistake.
 */
export function scheduleFor(setting: 'BROKER_SWEEP_SCHEDULE' | 'BROKER_PRUNE_SCHEDULE', env: Env): string {
  const { pattern, default: fallback } = settingsSchema.properties[setting];
  const text = valueOf(env, setting) ?? '';
  return new RegExp(pattern, 'u').test(text) ? text : fallback;
}
