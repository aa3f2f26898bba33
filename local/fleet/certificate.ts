export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A fresh self-signed certificate for localhost and 127.0.0.1; a client trusts it through NODE_EXTRA_CA_CERTS. */
export async function makeCertificate(): Promise<Certificate> {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      // It is its own authority, so it must be allowed to be one.
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
