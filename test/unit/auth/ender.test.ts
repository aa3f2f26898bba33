import type { Caller } from '../../../lib/auth/authenticator.ts';
import { callerKey } from '../../../lib/auth/callerKey.ts';
import { enderOf } from '../../../lib/auth/ender.ts';
import { Problem } from '../../../lib/contract/problem.ts';

const BACKEND: Caller = { issuer: 'https://id.example.com/', subject: 'backend-1', mayEnd: true };
const ANYWHERE = { forwardedFor: '203.0.113.7:1', trustedHops: 1 };

it('is the bearer of a token, under the pseudonym of its allocations, which shows no subject', () => {
  const { by, ticket } = enderOf({ ...BACKEND, ticket: { sessionId: 's' } }, 'title');
  expect(by).toBe(callerKey(BACKEND, ANYWHERE, 'title'));
  expect(by).toMatch(/^[\w-]{43}$/);
  expect(ticket).toEqual({ sessionId: 's' });
  expect(enderOf({ ...BACKEND, trusted: true }, 'title').by).not.toBe(by);
});

it('has no pseudonym without a subject', () => {
  expect(enderOf({ mayEnd: true }, 'title').by).toBe('token');
});

it.each<Caller>([{}, { subject: 'player-1' }, { subject: 'matchmaker', trusted: true }, { mayEnd: false }])(
  'is not %j',
  (caller) => {
    expect(() => enderOf(caller, 'title')).toThrow(
      new Problem('forbidden', 'The token does not let its bearer end sessions.'),
    );
  },
);
