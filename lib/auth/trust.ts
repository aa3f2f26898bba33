import { createHash, timingSafeEqual } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { HeaderReader } from '../contract/bodyHeaders.ts';

/** What the issuer writes into the tokens of some callers alone. */
export interface Claim {
  readonly name: string;
  readonly value: string;
}

/** Who is trusted with a limit of their own, such as a matchmaker that asks for every match. */
export interface TrustSettings {
  /** The function key that the trusted callers hold (BROKER_TRUSTED_KEY), where keys are asked for. */
  readonly key?: string;
  /** The claim that their tokens hold, where tokens are asked for. */
  readonly claim?: Claim;
}

/**
 * Whether the call shows the trusted key. The Functions host has checked that it is a key of the function, but does not
 * say which.
 */
export function showsTrustedKey(headers: HeaderReader, { key }: TrustSettings): boolean {
  const shown = headers.get('x-functions-key');
  // Digests: of the same length, and compared in the same time wherever they differ.
  return key !== undefined && shown !== null && timingSafeEqual(digest(shown), digest(key));
}

/** Whether the token's claim is the value, or a list that has it; none is held by nobody. */
export function holdsClaim(payload: JWTPayload, claim: Claim | undefined): boolean {
  if (claim === undefined || !Object.hasOwn(payload, claim.name)) return false;
  const held = payload[claim.name];
  return Array.isArray(held) ? held.includes(claim.value) : held === claim.value;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
