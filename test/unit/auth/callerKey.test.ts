import { callerKey, clientNetwork } from '../../../lib/auth/callerKey.ts';

describe('clientNetwork', () => {
  const of = (forwardedFor: string | null, trustedHops = 1): string | undefined =>
    clientNetwork({ forwardedFor, trustedHops });

  it.each([
    ['203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7', '203.0.113.7'],
    ['[2001:db8:1:2:3:4:5:6]:443', '2001:db8:1:2::/64'],
    ['[2001:db8::1]', '2001:db8:0:0::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::ffff:cb00:7107]:80', '203.0.113.7'],
  ])('%s is %s', (header, network) => {
    expect(of(header)).toBe(network);
  });

  it('is the same for every address of one /64, and for every port', () => {
    expect(of('[2001:db8:1:2:ffff::1]:1')).toBe(of('[2001:db8:1:2::]:2'));
    expect(of('203.0.113.7:1')).toBe(of('203.0.113.7:2'));
  });

  it.each([
    [1, '198.51.100.1'],
    [2, '203.0.113.7'],
    // Fewer entries than proxies: all of them were written by proxies.
    [9, '192.0.2.66'],
  ])('with %i trusted hops it is counted from the right', (hops, address) => {
    expect(of('192.0.2.66, 203.0.113.7:51234, 198.51.100.1:80', hops)).toBe(address);
  });

  it.each([
    null,
    '',
    ' ',
    ',',
    'unknown',
    '203.0.113.7:123456',
    '203.0.113.256',
    '203.0.113',
    '[2001:db8::1',
    'fe80::1%eth0',
    '[fe80::1%eth0]:80',
    '1:2:3:4:5:6:7:8:9',
    'a\nb',
  ])('%j names nobody', (header) => {
    expect(of(header)).toBeUndefined();
  });

  it('believes no proxy when none is trusted', () => {
    expect(of('203.0.113.7', 0)).toBeUndefined();
  });
});

describe('callerKey', () => {
  const here = { forwardedFor: '203.0.113.7:51234', trustedHops: 1 };
  const nowhere = { forwardedFor: null, trustedHops: 1 };
  const player = { subject: 'p1', issuer: 'https://id.example.com/' };

  it('is the subject where there is one, wherever it calls from', () => {
    expect(callerKey(player, here, 'title')).toBe(callerKey(player, nowhere, 'title'));
  });

  it('tells issuers, subjects, addresses and deployments apart', () => {
    const keys = [
      callerKey(player, here, 'title'),
      callerKey(player, here, 'other title'),
      callerKey({ ...player, subject: 'p2' }, here, 'title'),
      callerKey({ ...player, issuer: 'https://other.example.com/' }, here, 'title'),
      callerKey({}, here, 'title'),
      callerKey({}, { ...here, forwardedFor: '203.0.113.8:51234' }, 'title'),
      callerKey({ subject: '203.0.113.7' }, here, 'title'),
    ];
    expect(new Set(keys).size).toBe(7);
  });

  it('is fit for a table key, and shows neither subject nor address', () => {
    const keys = [callerKey({ subject: 'a/b\\c#d?e\n' }, here, 'title'), callerKey({}, here, 'title')];
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('is undefined for a caller that nothing tells apart', () => {
    expect(callerKey({}, nowhere, 'title')).toBeUndefined();
  });
});
