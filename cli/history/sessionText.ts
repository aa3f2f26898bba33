import { detailsOf } from '../../lib/insights/attemptDetails.ts';
import { titlesOf } from '../../lib/insights/story.ts';
import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import type { SessionRecord } from '../../lib/ledger/sessions/session.ts';
import { printable } from '../../lib/text.ts';
import { grid } from './grid.ts';
import { type Colours, paintOutcome, utcTime } from './text.ts';

/**
 * How a session stands, its attempts in detail, and who ended it.
 *
 * @param entries oldest first
 * @param session its row, as long as there is one; its cookie is never shown
 */
export function sessionText(
  sessionId: string,
  entries: readonly HistoryEntry[],
  session: SessionRecord | undefined,
  colours: Colours,
): string {
  const heading = [`${colours.bold('Session')} ${sessionId}`, `  ${standing(session)}`].join('\n');
  const titles = titlesOf(entries);
  const parts = entries.map((entry, index) => entryText(entry, titles[index] ?? '', colours));
  return [heading, ...parts].join('\n\n');
}

function standing(session: SessionRecord | undefined): string {
  if (session === undefined)
    return 'Its row is gone: it expired, or it never was. What follows is all there is.';
  switch (session.state) {
    case 'claimed':
      return session.leaseLeftMs > 0
        ? `Claimed: an attempt is asking the fleet, for ${Math.ceil(session.leaseLeftMs / 1_000)} s more.`
        : 'Claimed, but the lease has run out: whoever asks next takes over.';
    case 'released':
      return session.maybeStarted
        ? 'Released, and a host may have been started: the next call learns it from the fleet.'
        : 'Released: no host was started, the next call begins anew.';
    case 'ended':
      return `Ended ${utcTime(new Date(session.endedAtMs).toISOString())} UTC by ${printable(session.endedBy)}: nobody gets its host any more.`;
    case 'allocated':
      return `Allocated: ${printable(session.hostName)} in ${printable(session.region)}, ${expiry(session)}.`;
  }
}

function expiry({ expiresInMs, generation }: SessionRecord): string {
  const hours = Math.abs(expiresInMs / 3_600_000).toFixed(1);
  return `generation ${generation}, ${expiresInMs > 0 ? `replayed for ${hours} h more` : `expired ${hours} h ago`}`;
}

function entryText(entry: HistoryEntry, heading: string, colours: Colours): string {
  const { facts, rule, ranking, hints } = detailsOf(entry);
  const title = `${colours.bold(heading)}  ${utcTime(entry.claimedAt)} UTC  `;
  const parts = [
    title + paintOutcome(entry.outcome, colours),
    rows(
      facts
        .filter(({ label }) => label !== 'Session' && label !== 'Outcome')
        .map(({ label, text }) => [label, text]),
    ),
  ];
  if (ranking.length > 0) {
    const lines = ranking.map(({ rank, location, why, figure, worst, measuredBy }) => [
      ...[rank, location, why, figure, `farthest ${worst}`],
      `measured by ${measuredBy}`,
    ]);
    parts.push(`  Order of the locations: ${rule ?? ''}`, rows(lines, 4));
  }
  if (hints !== undefined) {
    const lines = hints.lines.map(({ location, players, range }) => [location, `${players} measured`, range]);
    parts.push(
      `  Latency hints (least / mean / most): ${hints.summary}`,
      ...(lines.length > 0 ? [rows(lines, 4)] : []),
    );
  }
  return parts.join('\n');
}

function rows(cells: readonly (readonly string[])[], indent = 2): string {
  const text = grid({ head: [], rows: cells.map((row) => row.map(printable)) });
  return text.replaceAll(/^/gm, ' '.repeat(indent));
}
