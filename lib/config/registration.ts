/** The settings that are read while functions are registered, when nothing may throw. */
import type { AuthSettings } from '../auth/authenticator.ts';
import { type Env, readSettings, valueOf } from './read.ts';
import { brokenRules } from './rules.ts';
import { parseSchedule } from './schedule.ts';
import { settingsSchema } from './schema.ts';

/** Whether the Functions host asks for a function key before the broker's code runs. */
export type AuthLevel = 'function' | 'anonymous';

/**
 * The function key is dispensed with only where BROKER_AUTH is valid and says so. With a malformed BROKER_AUTH callers
 * need the key, and are then refused with `misconfigured`. Never throws.
 */
export function authLevelFor(env: Env): AuthLevel {
  const { mode = 'key' } = validAuth(env) ?? {};
  return mode === 'key' ? 'function' : 'anonymous';
}

/**
 * The same for whoever ends sessions: the function key is dispensed with only where tokens say who may. Everybody may
 * ask for a host where BROKER_AUTH is anonymous, but nobody may take one away for that. Never throws.
 */
export function endingsAuthLevelFor(env: Env): AuthLevel {
  const auth = validAuth(env);
  return auth?.mode === 'jwt' && auth.endClaim !== undefined ? 'anonymous' : 'function';
}

function validAuth(env: Env): AuthSettings | undefined {
  // The default and usual case, known without validating every setting during a cold start.
  if (valueOf(env, 'BROKER_AUTH') === undefined) return undefined;
  const { parsed } = readSettings(env);
  const broken = brokenRules(parsed, () => true).some(({ setting }) => setting === 'BROKER_AUTH');
  return broken ? undefined : parsed.BROKER_AUTH;
}

/**
 * The timer expression of a setting. The host takes a function whose expression it cannot read out of service, and says
 * so in its own log alone, so the default replaces such an expression, and loadSettings reports the mistake. Never
 * throws.
 */
export function scheduleFor(setting: 'BROKER_SWEEP_SCHEDULE' | 'BROKER_PRUNE_SCHEDULE', env: Env): string {
  const { default: fallback } = settingsSchema.properties[setting];
  const text = valueOf(env, setting) ?? fallback;
  try {
    parseSchedule(text);
    return text;
  } catch {
    return fallback;
  }
}
