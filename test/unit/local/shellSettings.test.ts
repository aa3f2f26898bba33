import { shellSettings } from '../../../local/shellSettings.ts';

test('the broker gets the shell’s BROKER_ settings that the stack does not set, and nothing of a real fleet or account', () => {
  const shell = {
    PATH: '/bin',
    BROKER_QUOTA: '{}',
    BROKER_AUTH: '',
    BROKER_FLEET: 'sessionhosts',
    PLAYFAB_ENDPOINT: 'https://a1b2c.playfabapi.com',
    PLAYFAB_SECRET_KEY: 'real',
    SESSIONHOSTS_TOKEN_SCOPE: 'scope',
    BrokerStorage__tableServiceUri: 'https://real.example.com',
  };
  expect(shellSettings(shell, { BROKER_FLEET: 'playfab' })).toEqual({
    taken: { BROKER_QUOTA: '{}' },
    ignored: [
      'BROKER_FLEET',
      'BrokerStorage__tableServiceUri',
      'PLAYFAB_ENDPOINT',
      'PLAYFAB_SECRET_KEY',
      'SESSIONHOSTS_TOKEN_SCOPE',
    ],
  });
});
