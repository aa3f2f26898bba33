type Reason = (endpoint: string) => string;

const noConnection: Reason = (endpoint) =>
  `No connection to the fleet could be made: check ${endpoint}, its DNS name and the network.`;
const noTrust: Reason = (endpoint) =>
  `The fleet's certificate is not trusted: check ${endpoint} and the certificate authorities.`;
const noRequest: Reason = (endpoint) =>
  `The request could not be written: ${endpoint} or the token has characters that HTTP cannot carry.`;

/**
 * The errors after which a server definitely never saw a request. Everything else (ECONNRESET, EPIPE, ETIMEDOUT, which
 * Node also gives for established connections) may have come after it did.
 *
 * The certificate codes are Node's list of X.509 errors (tls, "X509 certificate error codes"): Node checks the
 * server's certificate before it hands the connection to the request.
 */
const REASONS = new Map<string, Reason>([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].map(
    (code) => [code, noConnection] as const,
  ),
  ...[
    'CERT_CHAIN_TOO_LONG',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REJECTED',
    'CERT_REVOKED',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ].map((code) => [code, noTrust] as const),
  ...['ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS'].map((code) => [code, noRequest] as const),
]);

/**
 * For operators: why the request never left, or undefined where it may have.
 *
 * @param endpoint in words: the settings that the address is of
 */
export function notSentReason(error: unknown, endpoint = 'the endpoint'): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? REASONS.get(code)?.(endpoint) : undefined;
}
