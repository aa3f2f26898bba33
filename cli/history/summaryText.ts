import { type EndingFigures, ENDINGS_PAGE } from '../../lib/insights/endings.ts';
import { type Durations, type Rate, formatMs, formatRate, formatCount } from '../../lib/insights/figures.ts';
import { overText } from '../../lib/insights/outcomes.ts';
import type { AnswerFigures } from '../../lib/insights/requests.ts';
import type { Summary } from '../../lib/insights/summary.ts';
import { printable } from '../../lib/text.ts';
import { grid } from './grid.ts';
import { type Colours, paintOutcome, utcTime } from './text.ts';

/** What the summary cannot know; said with it, so that nobody adds it up to more than it is. */
export const REPLAYS_NOTE =
  'Replays are not counted: a session that has its host is answered without an attempt. The log has them:\n' +
  'event allocation.request with "replayed": true (docs/operating.md).';

const COUNTS_NOTE =
  'Requests are counted by each instance once a minute, replays and refusals too, whatever the filters: the last minute\n' +
  'is missing, and so is that of an instance that was killed.';

export interface Read {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many attempts and endings the figures come from. */
  readonly read: number;
  readonly endings: EndingFigures;
  readonly answers?: readonly AnswerFigures[] | undefined;
}

export function summaryText(summary: Summary, read: Read, colours: Colours): string {
  const { allocations, upstreamStatuses } = summary;
  return [
    grid({ head: [], rows: facts(summary, read).map(([label, text]) => [colours.dim(label), text]) }),
    outcomes(summary, colours),
    ...(upstreamStatuses.length < 2 ? [] : [statuses(summary, colours)]),
    ...(allocations === 0 ? [] : [regions(summary, colours)]),
    ...(summary.fleets.length < 2 ? [] : [fleets(summary, colours)]),
    ...(summary.overflows === undefined ? [] : [overflows(summary.overflows, colours)]),
    ...endings(read.endings, colours),
    read.answers === undefined || read.answers.length === 0
      ? colours.dim(REPLAYS_NOTE)
      : `${answers(read.answers, colours)}\n\n${colours.dim(COUNTS_NOTE)}`,
  ].join('\n\n');
}

function facts(summary: Summary, { sinceMs, untilMs, read }: Read): (readonly [string, string])[] {
  const { estimated, attempts, sessions, allocations, over, firstPreference, fallback } = summary;
  const ofSessions =
    sessions === undefined ? '' : `, of ${formatCount(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`;
  return [
    ['Period', `${utcTime(sinceMs)} to ${utcTime(untilMs)} UTC`],
    ...(estimated
      ? [['Estimated', `from a sample of ${formatCount(read)}; --limit all counts each attempt`] as const]
      : []),
    ['Attempts', `${estimated ? 'about ' : ''}${formatCount(attempts)}${ofSessions}`],
    ['Allocations', share({ count: allocations, of: attempts - over }) + overText(over)],
    ['First preference', share(firstPreference)],
    ['Fallback', share(fallback)],
    ['Fleet time', times(summary.fleetMs)],
    ['Total time', times(summary.totalMs)],
    ['Several calls', share(summary.severalCalls)],
    ['Take-overs', share(summary.takeovers)],
  ];
}

const times = ({ p50, p95 }: Durations): string => `p50 ${formatMs(p50)}, p95 ${formatMs(p95)}`;

const share = (rate: Rate): string =>
  `${formatCount(rate.count)} of ${formatCount(rate.of)} (${formatRate(rate)})`;

function outcomes({ outcomes: list, attempts }: Summary, colours: Colours): string {
  return grid({
    head: ['OUTCOME', 'ATTEMPTS', 'SHARE'].map((title) => colours.dim(title)),
    rows: list.map(({ outcome, count: times }) => [
      paintOutcome(outcome, colours),
      formatCount(times),
      formatRate({ count: times, of: attempts }),
    ]),
    right: [1, 2],
  });
}

function statuses({ upstreamStatuses, attempts: of }: Summary, colours: Colours): string {
  return grid({
    head: ['UPSTREAM STATUS', 'ATTEMPTS', 'SHARE'].map((title) => colours.dim(title)),
    rows: upstreamStatuses.map(({ status, attempts }) => [
      String(status),
      formatCount(attempts),
      formatRate({ count: attempts, of }),
    ]),
    right: [0, 1, 2],
  });
}

function answers(list: readonly AnswerFigures[], colours: Colours): string {
  const of = list.reduce((sum, { requests }) => sum + requests, 0);
  return grid({
    head: ['ANSWER', 'REQUESTS', 'SHARE', 'P50', 'P95'].map((title) => colours.dim(title)),
    rows: list.map(({ answer, requests, ms }) => [
      printable(answer),
      formatCount(requests),
      formatRate({ count: requests, of }),
      formatMs(ms.p50),
      formatMs(ms.p95),
    ]),
    right: [1, 2, 3, 4],
  });
}

function regions({ regions: list }: Summary, colours: Colours): string {
  return grid({
    head: ['REGION', 'ALLOCATIONS', 'FIRST PREFERENCE', 'FLEET P50', 'FLEET P95'].map((title) =>
      colours.dim(title),
    ),
    rows: list.map(({ region, allocations, firstPreference, fleetMs }) => [
      printable(region),
      formatCount(allocations),
      formatRate(firstPreference),
      formatMs(fleetMs.p50),
      formatMs(fleetMs.p95),
    ]),
    right: [1, 2, 3, 4],
  });
}

function fleets({ fleets: list }: Summary, colours: Colours): string {
  const some = list.some(({ over }) => over > 0);
  const titles = ['FLEET', 'ATTEMPTS', ...(some ? ['ENDED'] : []), 'ALLOCATIONS', 'SHARE'];
  return grid({
    head: [...titles, 'FLEET P50', 'FLEET P95'].map((title) => colours.dim(title)),
    rows: list.map(({ fleet, attempts, over, allocations, fleetMs }) => [
      printable(fleet),
      formatCount(attempts),
      ...(some ? [formatCount(over)] : []),
      formatCount(allocations),
      formatRate({ count: allocations, of: attempts - over }),
      formatMs(fleetMs.p50),
      formatMs(fleetMs.p95),
    ]),
    right: [1, 2, 3, 4, 5, 6],
  });
}

function overflows(list: NonNullable<Summary['overflows']>, colours: Colours): string {
  return grid({
    head: ['GAME MODE', 'OVERFLOWED', 'ATTEMPTS', 'SHARE'].map((title) => colours.dim(title)),
    rows: list.map(({ gameMode, rate }) => [
      printable(gameMode),
      formatCount(rate.count),
      formatCount(rate.of),
      formatRate(rate),
    ]),
    right: [1, 2, 3],
  });
}

/** Nothing where no session was ended. */
function endings(
  { sessions: of, bySaid, withoutEffect, overdue }: EndingFigures,
  colours: Colours,
): string[] {
  const sessions = (count: number): string => `${formatCount(count)} ${count === 1 ? 'session' : 'sessions'}`;
  const parts: string[] = [];
  if (of > 0) {
    parts.push(
      grid({
        head: ['ALLOCATION-END', 'SESSIONS', 'SHARE'].map((title) => colours.dim(title)),
        rows: bySaid.map(({ said, sessions: count }) => [
          said,
          formatCount(count),
          formatRate({ count, of }),
        ]),
        right: [1, 2],
      }),
    );
  }
  if (withoutEffect > 0) {
    parts.push(
      `Endings that came to nothing, or that another was faster than: ${formatCount(withoutEffect)}`,
    );
  }
  if (overdue.sessions > 0) {
    parts.push(
      [
        `${colours.red('Not confirmed')} for more than 10 minutes: ${sessions(overdue.sessions)} (docs/operating.md, ${ENDINGS_PAGE})`,
        ...overdue.oldest.map(
          ({ sessionId, claimedAt }) => `  ${printable(sessionId)}, asked for at ${utcTime(claimedAt)} UTC`,
        ),
      ].join('\n'),
    );
  }
  return parts;
}
