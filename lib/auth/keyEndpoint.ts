import { Readable } from 'node:stream';
import { checkedEndpoint } from '../http/endpoint.ts';
import { readBounded } from '../http/body.ts';

/** Where an issuer's keys are. */
export interface KeyEndpoint {
  readonly issuer: string;
  /** Absent: looked up at the issuer (OpenID Connect Discovery 1.0, section 4), each time the keys are fetched. */
  readonly jwksUri?: string | undefined;
}

/** The keys cannot be had: nothing is known of the token. The message is for operators, without upstream text. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/**
 * Asks an issuer for its keys, following no redirect.
 *
 * @param signal bounds all of it, the bodies included
 * @returns the JSON of the answer, of which nothing is known yet
 * @throws {@link KeysUnavailableError}
 */
export async function fetchKeys({ issuer, jwksUri }: KeyEndpoint, signal: AbortSignal): Promise<unknown> {
  return fetchJson('The signing keys', jwksUri ?? (await discovered(issuer, signal)), signal);
}

/** Where the issuer's metadata says that its keys are: an issuer that moves them is followed. */
async function discovered(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
  const metadata = Object(await fetchJson('The metadata of the issuer', url, signal)) as Record<
    string,
    unknown
  >;
  // Section 4.3: it must be this issuer's own.
  if (metadata['issuer'] !== issuer) throw new KeysUnavailableError('The metadata is of another issuer.');
  const jwksUri = typeof metadata['jwks_uri'] === 'string' ? metadata['jwks_uri'] : '';
  try {
    // What the metadata says is not the operator's word: over plain http anybody on the way could swap the keys.
    checkedEndpoint(jwksUri.replace(/\?.*$/s, ''), 'The jwks_uri of the issuer');
  } catch (error) {
    throw new KeysUnavailableError(error instanceof Error ? error.message : 'unknown', { cause: error });
  }
  return jwksUri;
}

async function fetchJson(what: string, url: string, signal: AbortSignal): Promise<unknown> {
  const failed = (why: string, cause?: unknown): KeysUnavailableError =>
    new KeysUnavailableError(`${what} cannot be fetched (${why}).`, { cause });
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const response = await fetch(url, { signal, redirect: 'manual', headers }).catch((error: unknown) => {
    throw failed(signal.aborted ? 'timeout' : codeOf(error), error);
  });
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => undefined);
    throw new KeysUnavailableError(`The answer has status ${response.status}.`);
  }
  const body = await readBounded(
    response.body === null ? undefined : Readable.fromWeb(response.body),
    signal,
  );
  if (body.kind !== 'json') throw failed(body.kind);
  return body.value;
}

/** Only stable codes: messages may hold what the endpoint wrote. `fetch` hides the network's code in its cause. */
function codeOf(error: unknown): string {
  const { code, name, cause } = Object(error) as Readonly<Record<'code' | 'name' | 'cause', unknown>>;
  if (code === undefined && cause !== undefined) return codeOf(cause);
  return String(code ?? name);
}
