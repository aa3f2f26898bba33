import type { Attempt } from '../contract/attempt.ts';
import { printable } from '../text.ts';
import { detailsOf, utc } from './attemptDetails.ts';

/**
 * Attempts as plain text, for a ticket or a chat: what was asked for and why, and what came of it.
 *
 * @param attempts of one session, oldest first
 */
export function storyOf(sessionId: string, attempts: readonly Attempt[]): string {
  const parts = attempts.map((attempt, index) =>
    [`Attempt ${index + 1} of ${attempts.length}, ${utc(attempt.claimedAt)}`, ...linesOf(attempt)].join('\n'),
  );
  return `${[`Session ${sessionId}`, ...parts].join('\n\n')}\n`;
}

function linesOf(attempt: Attempt): readonly string[] {
  const { facts, rule, ranking, hints } = detailsOf(attempt);
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
