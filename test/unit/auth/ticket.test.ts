import { requireMode, requireTicket } from '../../../lib/auth/ticket.ts';

const ONE = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const TWO = '00000000-0000-4000-8000-000000000002';

/** The problem that is thrown, or that nothing is. */
function codeOf(check: () => void): string {
  try {
    check();
    return 'lets through';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it.each([
  [undefined, { sessionId: ONE, gameMode: 'duel' }, 'lets through'],
  [{}, { sessionId: ONE, gameMode: 'duel' }, 'lets through'],
  [{ sessionId: ONE }, { sessionId: ONE, gameMode: 'duel' }, 'lets through'],
  [{ sessionId: ONE }, { sessionId: ONE }, 'lets through'],
  [{ sessionId: ONE }, { sessionId: TWO, gameMode: 'duel' }, 'forbidden'],
  [{ sessionId: ONE }, { sessionId: TWO }, 'forbidden'],
  [{ sessionId: '' }, { sessionId: ONE }, 'forbidden'],
  [{ sessionId: ONE, gameMode: 'duel' }, { sessionId: ONE, gameMode: 'duel' }, 'lets through'],
  [{ sessionId: ONE, gameMode: 'duel' }, { sessionId: ONE, gameMode: 'Duel' }, 'forbidden'],
  [{ gameMode: 'duel' }, { sessionId: TWO, gameMode: 'battle' }, 'forbidden'],
  [{ gameMode: '' }, { sessionId: ONE, gameMode: 'duel' }, 'forbidden'],
  [{ gameMode: 'duel' }, { sessionId: ONE }, 'lets through'],
])('a ticket of %j that asks for %j: %s', (ticket, asked, outcome) => {
  expect(codeOf(() => requireTicket(ticket, asked))).toBe(outcome);
});

it.each([
  [undefined, 'lets through'],
  [{ sessionId: ONE, gameMode: 'duel' }, 'lets through'],
  [{ sessionId: ONE, gameMode: 'battle' }, 'forbidden'],
  // It may ask for any session: "forbidden" would tell that this one exists.
  [{ gameMode: 'battle' }, 'unknown-session'],
])('a ticket of %j that looks up a duel: %s', (ticket, outcome) => {
  expect(codeOf(() => requireMode(ticket, { gameMode: 'duel' }))).toBe(outcome);
});
