import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { Caller } from './authenticator.ts';

/** Where a call came from, as the platform in front reports it. */
export interface Origin {
  /** The X-Forwarded-For header; repeated ones joined with commas. */
  readonly forwardedFor: string | null;
  /** How many proxies in front are believed; each appended one entry. 0: none. */
  readonly trustedHops: number;
}

/**
 * The caller for whom a new allocation is counted: the token's subject, else the client's address; the trusted key is
 * one caller, wherever it is used. A hash, so that the
 * table shows neither; `undefined` where nothing identifies the caller.
 *
 * @param salt differs between deployments, so that their tables cannot be compared. It is no secret: anybody who knows
 *   it can try out all IPv4 addresses, so that the hash of an address is a pseudonym, not anonymous
 */
export function callerKey(caller: Caller, origin: Origin, salt: string): string | undefined {
  const { subject, issuer = '', trusted = false } = caller;
  // Their window is not that of the same caller without trust; holders of the trusted key are one caller.
  if (trusted) return hash([salt, 'trusted', issuer, subject ?? '']);
  if (subject !== undefined) return hash([salt, 'subject', issuer, subject]);
  const network = clientNetwork(origin);
  return network === undefined ? undefined : hash([salt, 'address', network]);
}

/** As JSON, no two lists of parts read the same. A table key may hold every character of base64url. */
function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/**
 * The client's IPv4 address, or the /64 network of its IPv6 address: a household or a phone gets a whole /64, and may
 * use another address of it for every call.
 *
 * Each trusted proxy appends the address that called it, so its entry is counted from the right; anything further
 * left is what the client wrote. Azure writes `ip:port`, and IPv6 in brackets.
 */
export function clientNetwork({ forwardedFor, trustedHops }: Origin): string | undefined {
  if (forwardedFor === null || trustedHops < 1) return undefined;
  const entries = forwardedFor.split(',');
  const address = withoutPort((entries[Math.max(0, entries.length - trustedHops)] ?? '').trim());
  if (isIPv4(address)) return address;
  // A zone (fe80::1%eth0) means something on one machine only.
  return isIPv6(address) && !address.includes('%') ? networkOf(address) : undefined;
}

function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry);
  if (bracketed !== null) return bracketed[1] ?? '';
  return entry.replace(/^([\d.]+):\d{1,5}$/, '$1');
}

function networkOf(address: string): string {
  const groups = expand(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  // RFC 4291, section 2.5.5.2: an IPv4 address in IPv6 clothes.
  if (mapped) return ipv4Of(groups);
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of an IPv6 address that `isIPv6` has accepted (RFC 4291, section 2.2). */
function expand(address: string): readonly number[] {
  const [head = [], tail] = address
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').flatMap(hextets)));
  if (tail === undefined) return head;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function hextets(group: string): readonly number[] {
  if (!group.includes('.')) return [parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

function ipv4Of(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}
