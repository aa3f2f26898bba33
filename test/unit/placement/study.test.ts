import { spawnSync } from 'node:child_process';
import { type DisposableTempDir, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { summarise } from '../../../bench/placement/statistics.ts';
import type { Strategy } from '../../../bench/placement/simulation.ts';
import type { Outcome } from '../../../bench/placement/world.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const SCRIPT = resolve(__dirname, '../../../bench/placement/study.ts');
let folder: DisposableTempDir;

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function study(...args: string[]): {
  status: number | null;
  stderr: string;
  page: () => string;
  svg: () => string;
} {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...args, '--out', folder.path], {
    encoding: 'utf8',
  });
  return {
    status,
    stderr,
    page: () => readFileSync(join(folder.path, 'placement.md'), 'utf8'),
    svg: () => readFileSync(join(folder.path, 'placement-study.svg'), 'utf8'),
  };
}

/** The page of one run that several tests look at. */
let page: string | undefined;
const fortyParties = (): string => (page ??= study('--seed', '1', '--parties', '40').page());

it('writes the same page and chart for the same seed, and another page for another', () => {
  const first = study('--seed', '5', '--parties', '10');
  expect(first.status).toBe(0);
  const [written, svg] = [first.page(), first.svg()];
  const again = study('--seed', '5', '--parties', '10');
  expect(again.page()).toBe(written);
  expect(again.svg()).toBe(svg);
  expect(study('--seed', '6', '--parties', '10').page()).not.toBe(written);
});

it('replaces what an earlier run wrote and leaves the rest of the page alone', () => {
  study('--seed', '5', '--parties', '10');
  const generated = readFileSync(join(folder.path, 'placement.md'), 'utf8').trimEnd();
  writeFileSync(join(folder.path, 'placement.md'), `# Before\n\n${generated}\n\nAfter.\n`);
  expect(study('--seed', '5', '--parties', '10').page()).toBe(`# Before\n\n${generated}\n\nAfter.\n`);
});

it('refuses a page without a place for it, and says what it needs', () => {
  writeFileSync(join(folder.path, 'placement.md'), '# A page\n');
  const run = study('--parties', '1');
  expect(run.status).toBe(1);
  expect(run.stderr).toMatch(
    /^placement\.md has no place for the study: it needs the line "<!-- placement-study: begin .*\n$/,
  );
  expect(run.page()).toBe('# A page\n');
});

it.each([
  ['--parties', '0', 'It must be a whole number, 1 or more.'],
  ['--seed', 'x', 'It must be a whole number, 0 or more.'],
  ['--spikes', '101', 'It must be a whole number from 0 to 100.'],
])('refuses %s %s', (flag, value, message) => {
  const run = study(flag, value);
  expect(run.status).toBe(1);
  expect(run.stderr).toContain(message);
});

it('spoils as many measurements as it is told to', () => {
  // The average of the whole party's first choices, the second figure row of the third table.
  const meanMs = (page: string): number =>
    Number(/200 ms too high\*\*[^]*?^\| mean \| ([\d.]+)/m.exec(page)?.[1]);
  const none = study('--parties', '20', '--spikes', '0').page();
  const half = study('--parties', '20', '--spikes', '50').page();
  expect(none).toContain('0 % of measurements 200 ms too high');
  expect(meanMs(half)).toBeGreaterThan(meanMs(none) + 5);
});

it('never beats the best possible', () => {
  const tables = fortyParties()
    .split('\n**')
    .filter((table) => table.startsWith('Parties'));
  expect(tables).toHaveLength(12);
  for (const table of tables) {
    const rows = [...table.matchAll(/^\| (.+?) \| ([\d.]+) \| ([\d.]+) \|/gm)].map((m) => [
      Number(m[2]),
      Number(m[3]),
    ]);
    expect(rows).toHaveLength(7);
    const [bestMean = 0, bestWorst = 0] = rows.at(-1) ?? [];
    expect(rows.filter(([mean = 0, worst = 0]) => mean < bestMean || worst < bestWorst)).toEqual([]);
  }
});

it('takes the p95 by nearest rank and counts a party as good only when its worst player is under 80 ms', () => {
  const setting = { composition: 'continent', condition: 'calm', strategy: 'mean', size: 2 } as const;
  const outcomes: Outcome<Strategy>[] = Array.from({ length: 20 }, (_, index) => ({
    ...setting,
    meanMs: 10,
    worstMs: (index + 1) * 10,
  }));
  const row = summarise(outcomes).rows.find(
    ({ composition, condition, strategy }) =>
      composition === 'continent' && condition === 'calm' && strategy === 'mean',
  );
  expect(row).toMatchObject({ meanMs: 10, worstMs: 105, worstP95Ms: 190, goodShare: 0.35 });
});

describe('the tables of variants', () => {
  /** The figures of a row, by the name of its variant. */
  const figures = (page: string, variant: string): number[] =>
    page
      .split('\n')
      .find((line) => line.startsWith(`| ${variant} |`))
      ?.split('|')
      .slice(2, -1)
      .map(Number) ?? [];

  it('show what a clamp keeps liars from, and what a fill does for a party that lost measurements', () => {
    const page = fortyParties();
    const [, , , none = 0] = figures(page, 'no clamp');
    const [, , , clamped = 0] = figures(page, '250 ms above the nearest');
    expect(clamped).toBeLessThan(none - 2);
    const [, coverage = 0] = figures(page, 'none: coverage before latency');
    const [, filled = 0] = figures(page, 'known distances between locations');
    expect(filled).toBeLessThan(coverage - 20);
  });

  it('average what they show of the four settings', () => {
    const [a = 0, b = 0, c = 0, d = 0, average = 0] = figures(fortyParties(), "the player's own worst");
    expect(average).toBeCloseTo((a + b + c + d) / 4, 0);
  });
});
