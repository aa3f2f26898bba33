import { type HistoryItem, isAttempt, isEnding } from '../contract/attempt.ts';
import { printable } from '../text.ts';
import { detailsOf } from './attemptDetails.ts';
import { utc } from './figures.ts';

/**
 * Attempts as plain text, for a ticket or a chat: what was asked for and why, and what came of it; and who ended the
 * session.
 *
 * @param items of one session, oldest first
 */
export function storyOf(sessionId: string, items: readonly HistoryItem[]): string {
  const titles = titlesOf(items);
  const parts = items.map((item, index) =>
    [`${titles[index] ?? ''}, ${utc(item.claimedAt)}`, ...linesOf(item)].join('\n'),
  );
  return `${[`Session ${sessionId}`, ...parts].join('\n\n')}\n`;
}

/** A heading for each: `Attempt 1 of 2`, or `End of the session`, which is no attempt. */
export function titlesOf(items: readonly HistoryItem[]): readonly string[] {
  const of = items.filter(isAttempt).length;
  let number = 0;
  return items.map((item) => (isEnding(item) ? 'End of the session' : `Attempt ${(number += 1)} of ${of}`));
}

function linesOf(item: HistoryItem): readonly string[] {
  const { facts, rule, ranking, hints } = detailsOf(item);
  return [
    ...facts.filter(({ label }) => label !== 'Session').map(({ label, text }) => `${label}: ${text}`),
    ...(ranking.length === 0 ? [] : [`Order of the locations: ${rule ?? ''}`]),
    ...ranking.map(
      ({ rank, location, why, figure, worst, measuredBy }) =>
        `  ${rank}. ${location}: ${why}, ${figure}, farthest ${worst}, measured by ${measuredBy}`,
    ),
    ...(hints === undefined ? [] : [`Latency hints (least / mean / most): ${hints.summary}`]),
    ...(hints?.lines ?? []).map(
      ({ location, players, range }) => `  ${location}: ${range}, ${players} measured`,
    ),
  ].map(printable);
}
