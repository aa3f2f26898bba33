import { settingsSchema } from './schema.ts';

/**
 * The timer expression of a setting, read while functions are registered. The host refuses a function whose expression
 * is malformed, so a malformed one gives the default; loadSettings names the mistake.
 */
export function scheduleFor(
  setting: 'BROKER_SWEEP_SCHEDULE' | 'BROKER_PRUNE_SCHEDULE',
  env: Readonly<Record<string, string | undefined>>,
): string {
  const { pattern, default: fallback } = settingsSchema.properties[setting];
  const text = env[setting]?.trim() ?? '';
  return new RegExp(pattern, 'u').test(text) ? text : fallback;
}
