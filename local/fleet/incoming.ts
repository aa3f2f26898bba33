import { timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { IncomingCall } from './protocol.ts';

/** The body as text; undefined when the caller left before its end. */
export async function readBody(request: Readable): Promise<string | undefined> {
  try {
    return (await buffer(request)).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The body as a value; undefined when it is not JSON. */
export function jsonOf({ body }: IncomingCall): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** A member of a body that may be anything, if it is text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The texts in a member that should be a list of them. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Whether the call's Content-Type is JSON. */
export function isJson({ headers }: IncomingCall): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** Whether a secret is the one that is accepted. @param accepted absent: any that is not empty */
export function isAccepted(secret: string, accepted: string | undefined): boolean {
  const given = Buffer.from(secret);
  if (accepted === undefined) return given.length > 0;
  const expected = Buffer.from(accepted);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
