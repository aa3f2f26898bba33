import { decoded } from './coding.ts';

/** Some 50 times the largest answer that a fleet's schema allows. */
const LARGEST_BODY_BYTES = 256 * 1024;

/**
 * The body of an answer, or why there is none: it broke off, was not there in time, is larger than any true answer, has
 * a content coding that cannot be taken off, or is not UTF-8 JSON. The content type is not asked: it is wrong often
 * enough, and the schema decides what is believed.
 */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'connection-lost' | 'timeout' }
  | { readonly kind: 'too-large' | 'not-json' }
  /** `reason` is for operators: no text of the fleet's but a coding's name. */
  | { readonly kind: 'not-decoded'; readonly reason: string };

/**
 * Reads a body to its end or its limit; what is over the limit is never fetched, and the connection closed.
 *
 * @param contentEncoding the header
 */
export async function readBounded(
  stream: NodeJS.ReadableStream | undefined,
  signal: AbortSignal,
  contentEncoding?: string,
): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream ?? []) {
      const part = Buffer.from(chunk);
      bytes += part.length;
      // Leaving the loop destroys the stream.
      if (bytes > LARGEST_BODY_BYTES) return { kind: 'too-large' };
      chunks.push(part);
    }
  } catch {
    return { kind: signal.aborted ? 'timeout' : 'connection-lost' };
  }
  const body = decoded(Buffer.concat(chunks), contentEncoding, LARGEST_BODY_BYTES);
  return body.kind === 'decoded' ? parsed(body.bytes) : body;
}

/** Why an answer that came whole is no JSON, for operators. */
export function whyNotJson(body: Extract<Body, { kind: 'too-large' | 'not-decoded' | 'not-json' }>): string {
  switch (body.kind) {
    case 'too-large':
      return 'The answer is too large to be one.';
    case 'not-decoded':
      return body.reason;
    case 'not-json':
      return 'The answer is not JSON in UTF-8.';
  }
}

function parsed(bytes: Buffer): Body {
  try {
    // A decoder rather than toString(): it refuses broken UTF-8, and drops the byte order mark that some servers write.
    return { kind: 'json', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { kind: 'not-json' };
  }
}
