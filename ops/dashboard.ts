import { formatCount } from '../lib/insights/figures.ts';
import type { HistoryItem } from '../lib/contract/attempt.ts';
import { type EndingFigures, EndingTally, ENDINGS_PAGE } from '../lib/insights/endings.ts';
import { byLocation } from '../lib/insights/locations.ts';
import { type Summary, summarise } from '../lib/insights/summary.ts';
import { timeline } from '../lib/insights/timeline.ts';
import { FleetTimeChart } from './charts/fleetTime.ts';
import { renderLocations } from './charts/locations.ts';
import { OutcomesChart } from './charts/outcomes.ts';
import { renderRequests } from './charts/requests.ts';
import { renderStatuses } from './charts/statuses.ts';
import { byId, section, showText } from './dom.ts';
import { download } from './download.ts';
import type { Shown } from './feed.ts';
import { isWanted } from './filter.ts';
import { Filters } from './filters.ts';
import { NowBand } from './nowBand.ts';
import { counted, moment } from './format.ts';
import { renderStock } from './stock.ts';
import { AttemptsTable } from './table.ts';
import { renderTiles } from './tiles.ts';

export interface DashboardEvents {
  readonly onItem: (item: HistoryItem) => void;
  readonly onSession: (sessionId: string) => void;
  readonly onFilter: () => void;
}

/** Figures, charts and table of what is loaded. */
export class Dashboard {
  readonly filters: Filters;
  readonly table: AttemptsTable;
  readonly now = new NowBand();
  readonly #outcomes = new OutcomesChart();
  readonly #fleetTime = new FleetTimeChart();
  #shown: Shown | undefined;

  constructor({ onItem, onSession, onFilter }: DashboardEvents) {
    this.table = new AttemptsTable(onItem);
    this.filters = new Filters(() => {
      onFilter();
      this.narrow();
    }, onSession);
    for (const format of ['csv', 'json'] as const) {
      byId(`download-${format}`, HTMLButtonElement).addEventListener('click', () =>
        download(format, this.#wanted(), this.#shown?.nowMs ?? Date.now()),
      );
    }
  }

  show(shown: Shown): void {
    this.#shown = shown;
    const { items, attempts, sinceMs, nowMs } = shown;
    this.now.show(shown);
    const summary = summarise(attempts);
    showText(section('sampled'), summary.estimated ? sampledText(items.length, summary) : '');
    const endings = endingsOf(shown);
    showText(section('overdue'), overdueText(endings));
    renderRequests(shown.requests);
    renderStock(shown.stock);
    // The plots take their size from these sections, which must be visible before anything is drawn.
    section('empty-view').hidden = items.length > 0;
    placeRequests(items.length > 0, (shown.requests ?? []).length > 0);
    section('data-view').hidden = items.length === 0;
    if (items.length === 0) return;
    const times = timeline(attempts, sinceMs, nowMs);
    const range = [(times.startsMs[0] ?? sinceMs) / 1_000, nowMs / 1_000] as const;
    renderTiles(summary, endings);
    this.#outcomes.render(times, summary.outcomes, range);
    this.#fleetTime.render(times, summary.fleetMs, range);
    renderLocations(byLocation(attempts));
    renderStatuses(summary);
    this.filters.offer(items);
    this.#showTable();
  }

  /** The attempt, or the ending, if it is loaded. */
  find(attemptId: string): HistoryItem | undefined {
    return this.#shown?.items.find((item) => item.attemptId === attemptId);
  }

  /** From the first hundred again, where the filters have changed. */
  narrow(): void {
    this.table.reset();
    this.#showTable();
  }

  #showTable(): void {
    this.table.show(this.#wanted(), this.#shown?.items.length ?? 0);
  }

  #wanted(): readonly HistoryItem[] {
    const filter = this.filters.value();
    return (this.#shown?.items ?? []).filter((item) => isWanted(item, filter));
  }
}

/** Beside the charts; alone where requests have led to no attempt. */
function placeRequests(hasAttempts: boolean, hasRequests: boolean): void {
  const card = section('requests-view');
  section('requests-alone').hidden = hasAttempts;
  const place = section(hasAttempts ? 'requests-beside' : 'requests-alone');
  if (card.parentElement !== place) place.append(card);
  card.hidden = !hasAttempts && !hasRequests;
}

function endingsOf({ endings, nowMs }: Shown): EndingFigures {
  const tally = new EndingTally(nowMs);
  for (const ending of endings) tally.add(ending);
  return tally.figures();
}

/** What an operator has to look after; nothing where every end is confirmed. */
function overdueText({ overdue: { sessions, oldest } }: EndingFigures): string {
  if (sessions === 0) return '';
  const named = oldest.map(
    ({ sessionId, claimedAt }) => `${sessionId} (${moment(Date.parse(claimedAt))} UTC)`,
  );
  const more = sessions > named.length ? `, and ${formatCount(sessions - named.length)} more` : '';
  return `The end of ${counted(sessions, 'session')} is not confirmed for more than 10 minutes: a server may still run. ${named.join(', ')}${more}. What to do: docs/operating.md, \u201c${ENDINGS_PAGE}\u201d.`;
}

function sampledText(read: number, { attempts }: Summary): string {
  return (
    `Estimated: of about ${formatCount(attempts)} attempts, ${formatCount(read)} were read, the latest and a sample ` +
    'that is spread evenly over the range. Shares are right within some 2 %. The list below has what was read. To count ' +
    'each one: npm run history -- --summary --limit all.'
  );
}
