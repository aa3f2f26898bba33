import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What remains of a session's cookie: enough to recognise the same one in a later call. Salted, because a
 * cookie may be short enough to guess.
 */
export interface CookieSeal {
  readonly salt: string;
  /** Absent when the session has no cookie. */
  readonly hash?: string | undefined;
}

export function sealCookie(
  cookie: string | undefined,
  salt = randomBytes(12).toString('base64url'),
): CookieSeal {
  if (cookie === undefined) return { salt };
  return { salt, hash: createHash('sha256').update(salt).update(cookie, 'utf8').digest('base64url') };
}

/** Whether a later call may go with this session: a cookie left out fits every session. */
export function cookieFits(seal: CookieSeal, cookie: string | undefined): boolean {
  if (cookie === undefined) return true;
  const { hash } = sealCookie(cookie, seal.salt);
  if (seal.hash === undefined || hash === undefined || hash.length !== seal.hash.length) return false;
  return timingSafeEqual(Buffer.from(hash), Buffer.from(seal.hash));
}
