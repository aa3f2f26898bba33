import { storyOf } from '../../../lib/insights/story.ts';
import { attempt, ending, without } from '../../support/attempts.ts';

it('says what happened to a session, line by line, and nothing that steers', () => {
  const sessionId = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
  const first = without('pending', {
    ...{ sessionId, attemptId: 'a-1', fleetCalls: 4, fleetMs: 9_000, gameMode: 'du\u202eel' },
    hints: {
      ...{ players: 1, withHints: 1, measurements: 1 },
      locations: [{ location: 'West US', players: 1, minMs: 20, meanMs: 20, maxMs: 20 }],
    },
  });
  const second = attempt({ sessionId, attemptId: 'a-2', claimedAt: '2026-11-22T08:16:00.000Z' });
  const story = storyOf(sessionId, [first, second]);
  expect(story.split('\n').slice(0, 8)).toEqual([
    `Session ${sessionId}`,
    '',
    'Attempt 1 of 2, 2026-11-22 08:15:00.000 UTC',
    'Outcome: pending',
    'Meaning: The wait ended before the host was active: the client was asked to come back.',
    'Began: 2026-11-22 08:15:00.000 UTC',
    'Closed: 2026-11-22 08:15:00.900 UTC',
    'Took: 900 ms',
  ]);
  expect(story).toContain('Game mode: du\ufffdel\n');
  expect(story).toContain('  West US: 20 / 20 / 20 ms, 1 measured\n');
  expect(story).toContain('\n\nAttempt 2 of 2, 2026-11-22 08:16:00.000 UTC\nOutcome: allocated\n');
});

it('numbers attempts alone, and says between them who ended the session', () => {
  const [first, over, late] = [
    attempt(),
    ending({ claimedAt: '2026-11-22T14:03:12.000Z', endedBy: 'key\u202e' }),
    without('session-ended', { claimedAt: '2026-11-22T14:03:11.900Z' }),
  ];
  const story = storyOf('s-1', [first, over, late]);
  expect(story).toContain('\n\nAttempt 1 of 2, 2026-11-22 08:15:00.000 UTC\n');
  expect(story).toContain(
    '\n\nEnd of the session, 2026-11-22 14:03:12.000 UTC\nOutcome: ended\n' +
      'Meaning: Ended at 2026-11-22 14:03:12.000 UTC by key\ufffd; the fleet shut the server down.\n',
  );
  expect(story).toContain(
    '\n\nAttempt 2 of 2, 2026-11-22 14:03:11.900 UTC\nOutcome: session-ended\n' +
      'Meaning: The session was ended while the attempt asked the fleet. A host that it got was given back, and the caller got 410.\n',
  );
});
