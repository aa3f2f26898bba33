/** Whether the Functions host asks for a function key before the broker's code runs. */
export type AuthLevel = 'function' | 'anonymous';

/**
 * Read while functions are registered, before the settings are checked, so it needs no validator. A token or nobody
 * replaces the function key only where BROKER_AUTH clearly says so; whatever is malformed asks for the key.
 */
export function authLevelFor(env: Readonly<Record<string, string | undefined>>): AuthLevel {
  switch (modeOf(env['BROKER_AUTH'] ?? '')) {
    case 'jwt':
      return 'anonymous';
    case 'anonymous':
      return env['BROKER_ALLOW_ANONYMOUS']?.trim().toLowerCase() === 'true' ? 'anonymous' : 'function';
    default:
      return 'function';
  }
}

function modeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly mode?: unknown } | null)?.mode;
  } catch {
    // Told by loadSettings, which names the setting.
    return undefined;
  }
}
