import { MIMEType } from 'node:util';
import { LIMITS } from './limits.ts';
import { Problem } from './problem.ts';

/** As much of the Fetch standard's Headers as is needed here. */
export interface HeaderReader {
  get(name: string): string | null;
}

/** RFC 8259, section 11, and the name that clients used before it. `+json` types say that the body is something else. */
const JSON_TYPES: readonly string[] = ['application/json', 'text/json'];

/**
 * Whether a body can be read, judged before it is read.
 *
 * @throws Problem `length-required`, `payload-too-large` or `unsupported-media-type`
 */
export function checkBodyHeaders(headers: HeaderReader): void {
  const length = headers.get('content-length')?.trim() ?? '';
  // The Functions host forwards no body that came without its length (a chunked one, say): better a clear answer
  // than "the body is empty".
  if (!/^\d+$/.test(length)) {
    throw new Problem(
      'length-required',
      'Send the body with a Content-Length header, not in chunks of unknown length.',
    );
  }
  checkBodySize(Number(length));
  // Whoever sends nothing names no type; the parser says that the body is empty.
  if (Number(length) > 0) checkBodyType(headers);
}

/**
 * The same limit, for the bytes that really came.
 *
 * @throws Problem `payload-too-large`
 */
export function checkBodySize(bytes: number): void {
  if (bytes <= LIMITS.bodyBytes) return;
  throw new Problem('payload-too-large', `Send a body of at most ${LIMITS.bodyBytes} bytes.`);
}

function checkBodyType(headers: HeaderReader): void {
  if (!isJsonInUtf8(headers.get('content-type') ?? '')) {
    throw new Problem(
      'unsupported-media-type',
      'Send JSON in UTF-8, with the header Content-Type: application/json.',
    );
  }
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity' && coding !== '') {
    throw new Problem('unsupported-media-type', 'Send the body as it is, without a Content-Encoding.');
  }
}

/** Parsed as browsers and clients do (WHATWG MIME Sniffing, section 4.4): a stray semicolon harms nothing. */
function isJsonInUtf8(contentType: string): boolean {
  try {
    const { essence, params } = new MIMEType(contentType);
    // JSON is UTF-8 whether or not that is said; labels such as "utf8" are those of the Encoding Standard.
    const charset = params.get('charset') ?? '';
    return JSON_TYPES.includes(essence) && (charset === '' || new TextDecoder(charset).encoding === 'utf-8');
  } catch {
    // No media type, or a charset that nobody knows.
    return false;
  }
}
