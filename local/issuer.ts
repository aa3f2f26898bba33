import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, type JWK, type JWTPayload, exportJWK, generateKeyPair, SignJWT } from 'jose';

/**
 * A token issuer on this machine, with a real key and a real server for it. Whoever asks `GET /token` gets a token, with
 * the claims of the query: `sub`, `session`, `mode`.
 */
export interface Issuer {
  readonly url: string;
  readonly jwksUri: string;
  /** The public key, as the issuer serves it. */
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;
  /** The paths that were asked for, in order. */
  readonly requests: string[];
  /** Answers these paths so from now on, instead of with what is right. */
  readonly answers: Map<string, RequestListener>;
  /** Stops answering: connections are refused. */
  close(): Promise<void>;
}

export const AUDIENCE = 'allocation-broker';

/** Made once: it takes a moment. */
let keys: ReturnType<typeof generateKeyPair> | undefined;

/** @param port default: a free one */
export async function startIssuer(port = 0): Promise<Issuer> {
  const { publicKey, privateKey } = await (keys ??= generateKeyPair('RS256', { extractable: true }));
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const requests: string[] = [];
  const answers = new Map<string, RequestListener>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const instead = answers.get(path);
    if (instead !== undefined) instead(request, response);
    else if (path === '/keys') response.end(JSON.stringify({ keys: [publicJwk] }));
    else if (path === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}keys` }));
    else if (/^\/token(\?|$)/.test(path)) void giveToken(path, response);
    else response.writeHead(404).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const issuer = {
    url,
    jwksUri: `${url}keys`,
    publicJwk,
    privateKey,
    requests,
    answers,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  async function giveToken(path: string, response: ServerResponse): Promise<void> {
    const claims = Object.fromEntries(new URL(path, url).searchParams);
    response.setHeader('content-type', 'text/plain');
    response.end(`${await tokenOf(issuer, { claims })}\n`);
  }
  return issuer;
}

export interface TokenOptions {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
  /** Left out of the claims that a good token has. */
  readonly without?: readonly string[];
}

/** A good token of this issuer, valid for five minutes, with whatever is to be different. */
export async function tokenOf(
  issuer: Pick<Issuer, 'url' | 'privateKey'>,
  options: TokenOptions = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const usual = { iss: issuer.url, aud: AUDIENCE, sub: 'player-1', iat: now, exp: now + 300 };
  const claims = Object.fromEntries(
    Object.entries({ ...usual, ...options.claims }).filter(([name]) => !options.without?.includes(name)),
  );
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...options.header })
    .sign(options.key ?? issuer.privateKey);
}
