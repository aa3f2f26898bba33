import { createAuthenticator } from '../../../lib/auth/createAuthenticator.ts';
import { systemClock } from '../../../lib/clock.ts';

const JWT = { mode: 'jwt', issuer: 'https://issuer.example.com', audience: 'broker' } as const;

const mockLoad = jest.fn();
jest.mock('../../../lib/auth/jwtAuthenticator.ts', () => mockLoad() as object);

it('a verifier that could not be loaded is loaded again for the next token', async () => {
  const authenticator = { authenticate: () => Promise.resolve({ subject: 'player-1' }) };
  mockLoad.mockImplementationOnce(() => {
    throw new Error('cannot be read');
  });
  mockLoad.mockReturnValue({ jwtAuthenticator: () => authenticator });
  const { authenticate } = createAuthenticator(JWT, systemClock);
  await expect(authenticate(new Headers(), jest.fn())).rejects.toThrow('cannot be read');
  expect(await authenticate(new Headers(), jest.fn())).toEqual({ subject: 'player-1' });
});
