import { notSentReason } from '../../../../lib/fleets/http/notSent.ts';

const coded = (code: string) => Object.assign(new Error('canary'), { code });

describe('whether a request definitely never left', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s: it did not, for a reason that repeats nothing of the error', (code) => {
    expect(notSentReason(coded(code))).toMatch(/check the endpoint/);
    expect(notSentReason(coded(code))).not.toContain('canary');
  });

  it('says which settings the endpoint is of', () => {
    expect(notSentReason(coded('ENOTFOUND'), 'the endpoint (THE_SETTING)')).toBe(
      'No connection to the fleet could be made: check the endpoint (THE_SETTING), its DNS name and the network.',
    );
  });

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EPROTO', 'HPE_INVALID_CONSTANT', 'REQUEST_SEND_ERROR'])(
    '%s: it may have',
    (code) => {
      expect(notSentReason(coded(code))).toBeUndefined();
    },
  );

  it.each([new Error('no code'), 'text', undefined, null, { code: 1 }])('%p: it may have', (error) => {
    expect(notSentReason(error)).toBeUndefined();
  });
});
