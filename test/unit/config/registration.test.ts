import { authLevelFor, endingsAuthLevelFor, scheduleFor } from '../../../lib/config/registration.ts';

describe('authLevelFor', () => {
  it.each<[string | undefined, string | undefined, 'function' | 'anonymous']>([
    [undefined, undefined, 'function'],
    ['', undefined, 'function'],
    ['{"mode": "key"}', 'true', 'function'],
    ['{"mode": "jwt", "issuer": "https://id.example.com/", "audience": "broker"}', undefined, 'anonymous'],
    ['{"mode": "jwt"}', undefined, 'function'],
    ['{"mode": "jwt", "issuer": "http://id.example.com/", "audience": "broker"}', undefined, 'function'],
    [
      '{"mode": "jwt", "issuer": "https://id.example.com/", "audience": "broker", "algorithms": ["HS256"]}',
      undefined,
      'function',
    ],
    ['{"mode": "anonymous"}', 'true', 'anonymous'],
    ['{"mode": "anonymous"}', undefined, 'function'],
    ['{"mode": "anonymous"}', 'yes', 'function'],
    ['{"mode": "anonymous"', 'true', 'function'],
    ['null', 'true', 'function'],
    ['{"mode": "other"}', 'true', 'function'],
    ['@Microsoft.KeyVault(x)', 'true', 'function'],
  ])('BROKER_AUTH=%s BROKER_ALLOW_ANONYMOUS=%s: %s', (auth, allowed, level) => {
    expect(authLevelFor({ BROKER_AUTH: auth, BROKER_ALLOW_ANONYMOUS: allowed })).toBe(level);
  });
});

describe('endingsAuthLevelFor', () => {
  const jwt = { mode: 'jwt', issuer: 'https://id.example.com/', audience: 'broker' };
  const endClaim = { name: 'roles', value: 'backend' };

  it.each<[string | undefined, object | string | undefined, 'function' | 'anonymous']>([
    ['nothing', undefined, 'function'],
    ['key', { mode: 'key' }, 'function'],
    ['anonymous', { mode: 'anonymous' }, 'function'],
    ['tokens', jwt, 'function'],
    ['tokens with a claim', { ...jwt, endClaim }, 'anonymous'],
    ['a claim without a value', { ...jwt, endClaim: { name: 'roles' } }, 'function'],
    ['a claim with an empty value', { ...jwt, endClaim: { name: 'roles', value: '' } }, 'function'],
    ['a claim without an issuer', { mode: 'jwt', audience: 'broker', endClaim }, 'function'],
    ['a claim, but no tokens', { mode: 'key', endClaim }, 'function'],
    ['no JSON', '{"mode": "jwt"', 'function'],
  ])('%s: %s', (_name, auth, level) => {
    const text = typeof auth === 'object' ? JSON.stringify(auth) : auth;
    expect(endingsAuthLevelFor({ BROKER_AUTH: text, BROKER_ALLOW_ANONYMOUS: 'true' })).toBe(level);
  });
});

describe('scheduleFor', () => {
  it('takes a sound expression, else the default', () => {
    const sweep = (text?: string): string =>
      scheduleFor('BROKER_SWEEP_SCHEDULE', { BROKER_SWEEP_SCHEDULE: text });
    expect(sweep()).toBe('0 */5 * * * *');
    expect(sweep('0 */10 * * * *')).toBe('0 */10 * * * *');
    expect(sweep('often')).toBe('0 */5 * * * *');
    expect(sweep('0 0 3 * * 7')).toBe('0 */5 * * * *');
    expect(sweep('0 0 3 * * FRI-MON')).toBe('0 0 3 * * FRI-MON');
    expect(scheduleFor('BROKER_PRUNE_SCHEDULE', {})).toBe('0 17 * * * *');
  });
});
