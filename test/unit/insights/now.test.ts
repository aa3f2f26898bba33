import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt } from '../../../lib/contract/attempt.ts';
import { RECORDED_OUTCOMES } from '../../../lib/contract/outcomes.ts';
import { CAUSE_PAGES, causeOf } from '../../../lib/insights/causes.ts';
import { nowOf } from '../../../lib/insights/now.ts';
import { RULES } from '../../../lib/insights/rules.ts';
import { attempt, without } from '../../support/attempts.ts';

const NOW = Date.parse('2026-11-22T08:30:00.000Z');
const ROOT = join(__dirname, '../../..');

/** Began so many seconds ago, and took one. */
const ago = (seconds: number): Partial<Attempt> => ({
  claimedAt: new Date(NOW - seconds * 1_000).toISOString(),
  closedAt: new Date(NOW - seconds * 1_000 + 1_000).toISOString(),
});
const hosts = (count: number, from: number): Attempt[] =>
  Array.from({ length: count }, (_, index) => attempt(ago(from + index)));

it('is idle when nobody has asked for five minutes', () => {
  expect(nowOf(hosts(30, 302), NOW)).toEqual({
    kind: 'idle',
    title: 'No traffic',
    text: 'No attempt in the last 5 minutes.',
  });
});

it('allocates, and counts a sample by its weights', () => {
  const sample = [attempt({ ...ago(60), weight: 99.6 }), without('no-capacity', ago(61))];
  expect(nowOf([...hosts(1, 2), ...sample], NOW)).toEqual({
    kind: 'allocating',
    title: 'Allocating',
    text: '101 of 102 attempts of the last 5 minutes got a server.',
  });
});

describe('attempts whose sessions were ended meanwhile', () => {
  const over = Array.from({ length: 30 }, (_, index) => without('session-ended', ago(2 + index)));

  it('are no outage, and no failures beside others', () => {
    expect(nowOf(over, NOW)).toEqual({
      kind: 'allocating',
      title: 'Allocating',
      text: '0 of 30 attempts of the last 5 minutes got a server; 30 ended with their session.',
    });
    expect(nowOf([...over, ...hosts(30, 40)], NOW)).toMatchObject({
      kind: 'allocating',
      text: '30 of 60 attempts of the last 5 minutes got a server; 30 ended with their session.',
    });
  });

  it('hide no outage of the others', () => {
    const failed = [10, 11, 12].map((seconds) => without('upstream-failed', ago(seconds)));
    expect(nowOf([...over, ...failed, ...hosts(9, 60)], NOW)).toMatchObject({
      kind: 'failing',
      text: 'All 3 attempts since then ended without a server: 3 upstream-failed.',
    });
  });
});

describe('an outage', () => {
  const failed = (seconds: number): Attempt =>
    without('upstream-failed', { ...ago(seconds), upstreamStatus: 503 });

  it('of half a minute is one, whatever the hour before was like', () => {
    const attempts = [...[2, 8, 20, 26].map(failed), ...hosts(500, 31)];
    expect(nowOf(attempts, NOW)).toEqual({
      kind: 'failing',
      title: 'No server given out',
      text: 'All 4 attempts since then ended without a server: 4 upstream-failed.',
      sinceMs: NOW - 25_000,
      cause: { text: "The fleet's API fails with status 503.", page: 'The fleet is slow or broken' },
    });
  });

  it('is none while hosts are given out beside it', () => {
    expect(nowOf([...[2, 8, 20].map(failed), ...hosts(1, 9)], NOW).kind).toBe('allocating');
    expect(nowOf([...[20, 21].map(failed), ...hosts(10, 30)], NOW).kind).toBe('allocating');
  });

  it('shows while the fleet hangs, before the first attempt has ended', () => {
    const hanging = [11, 12, 13].map((seconds) => {
      const { closedAt: _none, ...open } = without('open', ago(seconds));
      return open;
    });
    expect(nowOf([...hanging, ...hosts(50, 17)], NOW)).toMatchObject({
      kind: 'failing',
      sinceMs: NOW - 13_000,
      cause: { text: 'The fleet does not answer, or its answers could not be recorded.' },
    });
    expect(nowOf([...hanging.slice(1), ...hosts(50, 17)], NOW).kind).toBe('allocating');
  });

  it('of a quiet title is one with a single failure, but not with a single wait', () => {
    expect(nowOf([failed(100), ...hosts(3, 1_000)], NOW)).toMatchObject({
      kind: 'failing',
      text: 'The one attempt since then ended without a server: 1 upstream-failed.',
    });
    expect(nowOf([without('pending', ago(100)), ...hosts(3, 1_000)], NOW).kind).toBe('allocating');
  });
});

describe('difficulties', () => {
  it('are shares above 5 %, each in words', () => {
    const refused = Array.from({ length: 3 }, (_, index) => without('no-capacity', ago(20 + index)));
    expect(nowOf([...hosts(37, 2), ...refused], NOW)).toEqual({
      kind: 'struggling',
      title: 'Allocating, with failures',
      text: 'Of 40 attempts of the last 5 minutes: 7.5 % no-capacity.',
      cause: { text: 'No server is free in East US, North Europe, West US.', page: 'No capacity' },
    });
    expect(nowOf([...hosts(38, 2), ...refused.slice(1)], NOW).kind).toBe('allocating');
    // Too few to say.
    expect(nowOf([...hosts(16, 2), ...refused], NOW).kind).toBe('allocating');
  });

  it('show where attempts call again, though each gets its host, and not where that is the rule', () => {
    const again = (count: number): Attempt[] =>
      Array.from({ length: count }, (_, index) => attempt({ ...ago(2 + index), fleetCalls: 3 }));
    expect(nowOf([...again(4), ...hosts(36, 10)], NOW)).toMatchObject({
      kind: 'struggling',
      title: 'Allocating, with repeated calls',
      text: 'Of 40 attempts of the last 5 minutes: 10.0 % with several calls of the fleet.',
    });
    expect(nowOf([...again(30), ...hosts(10, 40)], NOW).kind).toBe('allocating');
  });
});

describe('a cause', () => {
  it('names the reason that the fleet gave to refuse', () => {
    const like = without('upstream-rejected', { upstreamStatus: 401, reason: 'The token is not accepted.' });
    expect(causeOf('upstream-rejected', [like]).text).toBe(
      'The fleet refuses the broker with status 401: The token is not accepted.',
    );
  });

  it.each(RECORDED_OUTCOMES.filter((outcome) => outcome !== 'allocated'))(
    'of %s leads to a page that exists',
    (outcome) => {
      const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');
      expect(CAUSE_PAGES).toContain(causeOf(outcome, []).page);
      expect(page).toContain(`\n### ${causeOf(outcome, []).page}\n`);
    },
  );
});

it('has the alerts’ own thresholds', () => {
  const [, text = ''] =
    /param alertThresholds[^{]+\{([^}]+)\}/.exec(readFileSync(join(ROOT, 'infra/main.bicep'), 'utf8')) ?? [];
  expect(text).toContain(`noCapacityPercent: ${RULES.percent}\n`);
  expect(text).toContain(`upstreamFailedPercent: ${RULES.percent}\n`);
  expect(text).toContain(`minimumAttempts: ${RULES.minimum}\n`);
});
