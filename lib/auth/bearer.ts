/**
 * The longest token that is looked at, in characters: some ten times a player's token. Node's own limit is 16 KiB for
 * all headers together, Azure's 32 KiB.
 */
const LONGEST_TOKEN = 12 * 1024;

/** RFC 6750, section 2.1, and RFC 7515, section 3.1: three parts of base64url, none of them empty. */
const BEARER_JWS = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * The token of the one `Authorization` header; `undefined` for none, several (the platform joins them with commas),
 * another scheme, or what cannot be a signed token in compact form, judged before anything is decoded.
 */
export function bearerToken(authorization: string | null): string | undefined {
  if (authorization === null || authorization.length > LONGEST_TOKEN) return undefined;
  return BEARER_JWS.exec(authorization.trim())?.[1];
}
