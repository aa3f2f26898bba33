import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

const ENCODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

/**
 * The body in its content codings, applied in the order of the header (RFC 9110, section 8.4); one that is not known here
 * is claimed and not applied. `zeros`: so many zero bytes in place of the body.
 */
export function encoded(body: string, coding: { names: string; zeros?: number | undefined }): Buffer {
  const plain: Uint8Array = coding.zeros === undefined ? Buffer.from(body) : Buffer.alloc(coding.zeros);
  const bytes = coding.names
    .split(',')
    .reduce((rest, name) => ENCODERS[name.trim().toLowerCase()]?.(rest) ?? rest, plain);
  return Buffer.from(bytes);
}
