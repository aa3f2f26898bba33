/**
 * The longest wait that is passed on, whatever the fleet asks for: a mistake of the fleet's (milliseconds for seconds)
 * must not keep players out for hours.
 */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

/** RFC 9110, section 5.6.7: what senders must write. `Date.parse` alone reads "1.5" as a date. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** A wait in milliseconds, between 0 and five minutes. */
export function boundedRetryAfterMs(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/**
 * `Retry-After` (RFC 9110, section 10.2.3), in seconds or as a date, as bounded milliseconds.
 *
 * @param date the answer's `Date` header: a date is counted from the sender's clock where it shows one, because ours
 *   need not agree with it
 * @returns undefined where there is none or it cannot be read
 */
export function retryAfterMs(value: string | undefined, date: string | undefined): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return boundedRetryAfterMs(Number(text) * 1000);
  if (!IMF_FIXDATE.test(text)) return undefined;
  const now = date !== undefined && IMF_FIXDATE.test(date) ? Date.parse(date) : Date.now();
  const ms = Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : boundedRetryAfterMs(ms);
}
