import { timingSafeEqual } from 'node:crypto';
import type { IncomingCall } from './protocol.ts';

/** The body; undefined: it is not JSON. */
export function jsonOf({ body }: IncomingCall): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether the call says that its body is JSON. */
export function saysJson({ headers }: IncomingCall): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** Whether a secret is the one that is accepted. @param accepted absent: any that is not empty */
export function isAccepted(secret: string, accepted: string | undefined): boolean {
  const given = Buffer.from(secret);
  if (accepted === undefined) return given.length > 0;
  const expected = Buffer.from(accepted);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
