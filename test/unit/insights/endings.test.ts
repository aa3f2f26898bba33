import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryItem, SessionEnding } from '../../../lib/contract/attempt.ts';
import { regionsOf } from '../../../lib/insights/attempt.ts';
import { detailsOf } from '../../../lib/insights/attemptDetails.ts';
import {
  EndingTally,
  ENDINGS_PAGE,
  meaningOfEnding,
  outcomeText,
  waitsFor,
} from '../../../lib/insights/endings.ts';
import { attempt, ending, unconfirmed } from '../../support/attempts.ts';

const NOW = Date.parse('2026-11-22T08:30:00.000Z');
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

function figuresOf(endings: readonly SessionEnding[]): ReturnType<EndingTally['figures']> {
  const tally = new EndingTally(NOW);
  for (const each of endings) tally.add(each);
  return tally.figures();
}

describe('the figures', () => {
  it('are nothing where no session was ended', () => {
    expect(figuresOf([])).toEqual({
      ...{ sessions: 0, bySaid: [], withoutEffect: 0 },
      overdue: { sessions: 0, oldest: [] },
    });
  });

  it('count sessions by what the fleet said, and apart from them what had no effect', () => {
    const endings = [
      ending({ endFleet: 'not-told' }),
      unconfirmed({ claimedAt: ago(1) }),
      ending({ endFleet: 'told' }),
      ending({ endFleet: 'no-host' }),
      ending({ endFleet: 'told' }),
      ending({ outcome: 'unknown' }),
    ];
    expect(figuresOf(endings)).toMatchObject({
      sessions: 5,
      bySaid: [
        { said: 'told', sessions: 2 },
        { said: 'no-host', sessions: 1 },
        { said: 'not-told', sessions: 1 },
        { said: 'pending', sessions: 1 },
      ],
      withoutEffect: 1,
      overdue: { sessions: 0 },
    });
  });

  it('count an ending of a sample as often as it stands for', () => {
    const endings = [ending({ weight: 12.4 }), ending({ weight: 3.4, endFleet: 'no-host' })];
    expect(figuresOf(endings)).toMatchObject({
      sessions: 16,
      bySaid: [
        { said: 'told', sessions: 12 },
        { said: 'no-host', sessions: 3 },
      ],
    });
  });

  it('name those that are not confirmed for more than ten minutes, the oldest first, ten at the most', () => {
    const endings = Array.from({ length: 14 }, (_, index) =>
      unconfirmed({ sessionId: `s-${index}`, claimedAt: ago(9 + index) }),
    );
    const { overdue } = figuresOf([...endings, ending({ claimedAt: ago(60) })]);
    // Those of 9 and of exactly 10 minutes ago are not overdue.
    expect(overdue.sessions).toBe(12);
    expect(overdue.oldest.map(({ sessionId }) => sessionId)).toEqual(
      [13, 12, 11, 10, 9, 8, 7, 6, 5, 4].map((number) => `s-${number}`),
    );
    expect(overdue.oldest[0]).toEqual({ sessionId: 's-13', claimedAt: '2026-11-22T08:08:00.000Z' });
  });
});

it.each<[SessionEnding, string]>([
  [ending(), 'Ended at 2026-11-22 08:15:00.000 UTC by key; the fleet shut the server down.'],
  [
    ending({ endFleet: 'no-host', endedBy: 'u-1' }),
    'Ended at 2026-11-22 08:15:00.000 UTC by u-1; the fleet has no server of it left.',
  ],
  [
    ending({ endFleet: 'not-told' }),
    'Ended at 2026-11-22 08:15:00.000 UTC by key; the API of the fleet has no such call, so the server ends by itself.',
  ],
  [
    unconfirmed(),
    'To be ended at 2026-11-22 08:15:00.000 UTC by key: the fleet has not confirmed the end; the sweep repeats it.',
  ],
  [
    ending({ outcome: 'unknown' }),
    'To be ended at 2026-11-22 08:15:00.000 UTC by key, which came to nothing, or another was faster.',
  ],
])('says who ended the session, when, and what the fleet said', (each, sentence) => {
  expect(meaningOfEnding(each)).toBe(sentence);
});

it.each<[HistoryItem, string]>([
  [attempt(), 'allocated'],
  [ending(), 'ended (told)'],
  [ending({ endFleet: 'not-told' }), 'ended (not-told)'],
  [unconfirmed(), 'open (ending)'],
  [ending({ outcome: 'unknown' }), 'unknown (ending)'],
])('tells an ending from an attempt in a list', (item, text) => expect(outcomeText(item)).toBe(text));

it.each<[HistoryItem, string | undefined]>([
  [unconfirmed(), 'the fleet has not confirmed the end; the sweep repeats it'],
  [ending(), undefined],
  [ending({ outcome: 'unknown' }), undefined],
  [attempt({ outcome: 'open' }), undefined],
])('says what an open ending waits for', (item, text) => expect(waitsFor(item)).toBe(text));

it('has its details, and none of an attempt', () => {
  const { facts, ...rest } = detailsOf(
    ending({ sessionId: 's-1', attemptId: 'e-1', closedBy: 'sweep', invocationId: 'i-1', fleet: 'playfab' }),
  );
  expect(rest).toEqual({ ranking: [] });
  expect(facts.map(({ label, text }) => [label, text])).toEqual([
    ['Outcome', 'ended'],
    ['Meaning', 'Ended at 2026-11-22 08:15:00.000 UTC by key; the fleet shut the server down.'],
    ['Asked for', '2026-11-22 08:15:00.000 UTC'],
    ['Closed', '2026-11-22 08:15:00.100 UTC by the sweep'],
    ['Took', '100 ms'],
    ['Ended by', 'key'],
    ['Fleet said', 'told'],
    ['Game mode', 'duel'],
    ['Fleet', 'playfab'],
    ['Region', 'WestUS'],
    ['Host', 'host-1.cloudapp.net'],
    ['Fleet calls', '1, 90 ms in all'],
    ['Upstream status', '200'],
    ['Session', 's-1'],
    ['Generation', '1'],
    ['Ending', 'e-1'],
    ['Invocation', 'i-1'],
  ]);
});

it('adds no spelling to the regions of the attempts', () => {
  const items = [
    ending({ region: 'WestUs' }),
    attempt({ region: 'WestUS' }),
    ending({ region: 'JapanEast' }),
  ];
  expect(regionsOf(items)).toEqual(['West US', 'JapanEast']);
});

it('has a heading of docs/operating.md to read on', () => {
  const page = readFileSync(join(__dirname, '../../../docs/operating.md'), 'utf8');
  expect(page).toContain(`\n### ${ENDINGS_PAGE}\n`);
});
