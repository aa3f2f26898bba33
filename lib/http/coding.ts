import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** What is left of a body once its content codings are taken off, or why they cannot be. */
export type Decoded =
  | { readonly kind: 'decoded'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'not-decoded'; readonly reason: string };

type Decoder = (bytes: Buffer, limit: { readonly maxOutputLength: number }) => Buffer;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', gunzipSync],
  // RFC 9110, section 8.4.1.3: recipients take it for gzip.
  ['x-gzip', gunzipSync],
  ['deflate', (bytes, limit) => (isZlib(bytes) ? inflateSync : inflateRawSync)(bytes, limit)],
  ['br', brotliDecompressSync],
]);

/** One is usual. Each is bounded, and together they are, too. */
const MOST_CODINGS = 3;

/**
 * Takes off the content codings that a `Content-Encoding` header lists, the last one first (RFC 9110, section 8.4).
 * They were not asked for, but some proxies compress anyway.
 *
 * @param limit of what comes out, in bytes: a small answer must not grow into a large one
 */
export function decoded(bytes: Buffer, header: string | undefined, limit: number): Decoded {
  const codings = (header ?? '').split(',').map((name) => name.trim().toLowerCase());
  const applied = codings.filter((name) => name !== '' && name !== 'identity').reverse();
  if (applied.length > MOST_CODINGS) return notDecoded('The answer has too many content codings.');
  let rest = bytes;
  for (const coding of applied) {
    const decode = DECODERS.get(coding);
    if (decode === undefined) return notDecoded(`The answer has ${named(coding)}, which is not understood.`);
    try {
      rest = decode(rest, { maxOutputLength: limit });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ERR_BUFFER_TOO_LARGE'
        ? { kind: 'too-large' }
        : notDecoded(`The answer has ${named(coding)}, and is not of it.`);
    }
  }
  return { kind: 'decoded', bytes: rest };
}

function notDecoded(reason: string): Decoded {
  return { kind: 'not-decoded', reason };
}

/** The coding's name if it has the form of a registered one (IANA, HTTP content codings): it may be any text. */
function named(coding: string): string {
  return /^[a-z0-9-]{1,16}$/.test(coding)
    ? `the content coding ${coding}`
    : 'a content coding without a proper name';
}

/** RFC 1950, section 2.2; some servers send a bare deflate stream under the name (RFC 9110, section 8.4.1.2). */
function isZlib(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
