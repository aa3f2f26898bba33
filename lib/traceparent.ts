/**
 * The trace context to hand on to the fleet: W3C Trace Context, section 3.2.2, version 00. Callers write this header,
 * and hosts hand it on as it came; what is not of the format goes no further.
 */
export function checkedTraceparent(value: string | undefined): string | undefined {
  return value !== undefined && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value) ? value : undefined;
}
