import { callerKey } from '../../../lib/auth/callerKey.ts';
import { createAuthenticator } from '../../../lib/auth/createAuthenticator.ts';
import { holdsClaim } from '../../../lib/auth/trust.ts';
import { systemClock } from '../../../lib/clock.ts';

const KEY = 'the-key-of-the-matchmaker';
const withKey = (key?: string) => new Headers(key === undefined ? {} : { 'x-functions-key': key });

describe('the trusted key', () => {
  const { authenticate } = createAuthenticator({ mode: 'key' }, systemClock, { key: KEY });

  it('is told from every other', async () => {
    expect(await authenticate(withKey(KEY), () => undefined)).toEqual({ trusted: true });
    for (const other of [undefined, '', 'the-key-of-the-game-clients', `${KEY}x`]) {
      expect(await authenticate(withKey(other), () => undefined)).toEqual({});
    }
  });

  it('is nobody where none is set', async () => {
    const { authenticate: without } = createAuthenticator({ mode: 'key' }, systemClock);
    expect(await without(withKey(''), () => undefined)).toEqual({});
  });

  it('is one caller, from whatever address', () => {
    const at = (forwardedFor: string, trusted: boolean) =>
      callerKey({ trusted }, { forwardedFor, trustedHops: 1 }, 'title');
    expect(at('203.0.113.7:1', true)).toBe(at('198.51.100.9:1', true));
    expect(at('203.0.113.7:1', true)).not.toBe(at('203.0.113.7:1', false));
  });
});

describe('a claim', () => {
  const claim = { name: 'roles', value: 'matchmaker' };

  it.each<[unknown, boolean]>([
    ['matchmaker', true],
    [['player', 'matchmaker'], true],
    ['matchmakers', false],
    [['player'], false],
    [{ matchmaker: true }, false],
    [undefined, false],
  ])('%j: %s', (roles, trusted) => {
    expect(holdsClaim({ roles }, claim)).toBe(trusted);
  });

  it('is no name that every object has', () => {
    expect(holdsClaim({}, { name: 'constructor', value: 'Object' })).toBe(false);
    expect(holdsClaim({ roles: 'matchmaker' }, undefined)).toBe(false);
  });
});
