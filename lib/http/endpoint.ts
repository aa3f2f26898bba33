import { isIPv4 } from 'node:net';

/**
 * Whether a URL may carry a service token: https anywhere, plain http to this machine only.
 *
 * @param setting the setting's name, for the message
 * @returns the endpoint without a trailing slash
 * @throws Error with a message for operators
 */
export function checkedEndpoint(endpoint: string, setting: string): string {
  if (!URL.canParse(endpoint)) throw new Error(`${setting} is not a URL: expected https:// and a host name.`);
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') throw new Error(`${setting} must not carry credentials.`);
  if (url.search !== '' || url.hash !== '') throw new Error(`${setting} must end with its path.`);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!safe)
    throw new Error(`${setting} must be https:// (http:// is accepted for loopback addresses only).`);
  return url.href.replace(/\/+$/, '');
}

/** RFC 6761, section 6.3 (localhost), RFC 1122, section 3.2.1.3 (127/8), RFC 4291, section 2.5.3 (::1). */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
  );
}
