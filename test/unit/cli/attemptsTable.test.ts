import pc from 'picocolors';
import { AttemptsTable } from '../../../cli/history/attemptsTable.ts';
import { attempt, without } from '../../support/attempts.ts';

const plain = pc.createColors(false);
const ATTEMPTS = [
  attempt({ sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd' }),
  without('no-capacity', {
    sessionId: '00d7b7a2-2a7b-4c8e-9c39-0a1d7a6e4c11',
    fleetMs: 3,
    upstreamStatus: 503,
  }),
];

const lines = (width: number | undefined, attempts = ATTEMPTS): string[] => {
  const table = new AttemptsTable(width, plain, attempts);
  return `${table.head()}\n${table.rows(attempts)}`.split('\n');
};

it('shows all columns where there is room', () => {
  expect(lines(undefined)).toEqual([
    'BEGAN                OUTCOME      REGION   CHOICE  FLEET TIME  CALLS  STATUS  MODE  SESSION                               HOST',
    '2026-11-22 08:15:00  allocated    West US     1/3      800 ms      1     200  duel  3536d3e6-e85d-4f47-b898-9617d19dabcd  host-1.cloudapp.net',
    '2026-11-22 08:15:00  no-capacity  -             -        3 ms      1     503  duel  00d7b7a2-2a7b-4c8e-9c39-0a1d7a6e4c11  -',
  ]);
});

it('has a column of fleets where the rows differ in it', () => {
  const [of, another, old] = [
    attempt({ fleet: 'sessionhosts' }),
    attempt({ fleet: 'playfab' }),
    // Of a version that knew of one fleet.
    attempt(),
  ];
  const cells = (attempts: ReturnType<typeof attempt>[]): string[] =>
    lines(undefined, attempts).map((line) => line.slice(41, 63));
  expect(cells([of, another, old])).toEqual([
    'CHOICE  FLEET         ',
    '   1/3  sessionhosts  ',
    '   1/3  playfab       ',
    '   1/3  -             ',
  ]);
  expect(cells([of, of])).toEqual([
    'CHOICE  FLEET TIME  CA',
    '   1/3      800 ms    ',
    '   1/3      800 ms    ',
  ]);
});

it('has it as well where the rows are not known yet', () => {
  expect(new AttemptsTable(undefined, plain).head()).toContain('CHOICE  FLEET         FLEET TIME');
});

it('leaves columns out, the least needed first, until it fits', () => {
  expect(lines(92)[0]).toBe('BEGAN                OUTCOME      REGION   STATUS  SESSION');
  expect(lines(81)[0]).toBe('BEGAN                OUTCOME      REGION   SESSION');
  expect(lines(60)[0]).toBe('BEGAN                OUTCOME      SESSION');
  for (const width of [200, 120, 100, 92, 81]) {
    expect(Math.max(...lines(width).map((line) => line.length))).toBeLessThanOrEqual(width);
  }
});

it('cuts what is long, and shows control characters as what they are not', () => {
  const [, line = ''] = lines(undefined, [
    attempt({ gameMode: `\u001b[2J${'x'.repeat(60)}`, hostName: 'h', fleetMs: 0 }),
  ]);
  expect(line).toContain(`\uFFFD[2J${'x'.repeat(35)}…  `);
  expect(line).not.toContain('\u001b');
});

it.each([
  ['an emoji', `${'x'.repeat(38)}😀y`, `${'x'.repeat(38)}…`],
  ['a letter with its accents', `${'x'.repeat(38)}e\u0301\u0302yy`, `${'x'.repeat(38)}e\u0301\u0302…`],
  ['ideographs, two columns wide', '界'.repeat(21), `${'界'.repeat(19)}…`],
])('cuts no character in two: %s', (_name, gameMode, cell) => {
  const [, line = ''] = lines(undefined, [attempt({ gameMode })]);
  expect(line.isWellFormed()).toBe(true);
  expect(line).toContain(`  ${cell} `);
});

it('gives each kind of outcome a colour', () => {
  const table = new AttemptsTable(undefined, pc.createColors(true), ATTEMPTS);
  expect(table.rows(ATTEMPTS)).toContain('\u001b[32mallocated\u001b[39m');
  expect(table.rows(ATTEMPTS)).toContain('\u001b[33mno-capacity\u001b[39m');
});
