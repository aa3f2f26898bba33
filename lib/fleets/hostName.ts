import { isIP } from 'node:net';
import { validateHostName } from '../generated/validators.js';

/**
 * The address as clients get it: a name without the dot that makes it absolute (RFC 1035, section 5.1), or an IP
 * literal. `undefined`: it is neither, and no client could connect to it.
 */
export function clientHostName(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const name = text.replace(/\.$/, '');
  if (!validateHostName(name)) return undefined;
  // Digits and dots alone, or colons, are meant for an address: "999.1.1.1" is a name by its letters only.
  return /^[\d.]+$|:/.test(name) && isIP(name) === 0 ? undefined : name;
}
