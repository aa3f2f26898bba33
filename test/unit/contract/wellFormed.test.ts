import { parseAllocationRequest } from '../../../lib/contract/parseRequest.ts';
import { Problem } from '../../../lib/contract/problem.ts';

const SESSION = '"sessionId":"3536d3e6-e85d-4f47-b898-9617d19dabcd"';

/** JSON can spell half of a surrogate pair; sent on or kept, it would come back as something else. */
it.each([
  ['/gameMode', `{${SESSION},"gameMode":"\\ud83d"}`],
  ['/sessionCookie', `{${SESSION},"gameMode":"duel","sessionCookie":"a\\ude00"}`],
  ['/latencies/0/location', `{${SESSION},"gameMode":"duel","latencies":[{"location":"a\\ud83d","ms":1}]}`],
  [
    '/players/0/latencies/0/location',
    `{${SESSION},"gameMode":"duel","players":[{"latencies":[{"location":"\\ud83da","ms":1}]}]}`,
  ],
  ['/players/0/playerId', `{${SESSION},"gameMode":"duel","players":[{"playerId":"\\ude00\\ud83d"}]}`],
])('half of a character in %s is refused', (pointer, body) => {
  let thrown: unknown;
  try {
    parseAllocationRequest(body, new Set(['duel']));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Problem);
  expect(thrown).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  expect((thrown as Problem).detail.isWellFormed()).toBe(true);
});
