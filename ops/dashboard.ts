import { formatCount } from '../lib/insights/figures.ts';
import type { Attempt } from '../lib/contract/attempt.ts';
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
import { renderStock } from './stock.ts';
import { AttemptsTable } from './table.ts';
import { renderTiles } from './tiles.ts';

export interface DashboardEvents {
  readonly onAttempt: (attempt: Attempt) => void;
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

  constructor({ onAttempt, onSession, onFilter }: DashboardEvents) {
    this.table = new AttemptsTable(onAttempt);
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
    const { attempts, sinceMs, nowMs } = shown;
    this.now.show(shown);
    const summary = summarise(attempts);
    showText(section('sampled'), summary.estimated ? sampledText(attempts.length, summary) : '');
    renderRequests(shown.requests);
    renderStock(shown.stock);
    // The plots take their size from these sections, which must be visible before anything is drawn.
    section('empty-view').hidden = attempts.length > 0;
    placeRequests(attempts.length > 0, (shown.requests ?? []).length > 0);
    section('data-view').hidden = attempts.length === 0;
    if (attempts.length === 0) return;
    const times = timeline(attempts, sinceMs, nowMs);
    const range = [(times.startsMs[0] ?? sinceMs) / 1_000, nowMs / 1_000] as const;
    renderTiles(summary);
    this.#outcomes.render(times, summary.outcomes, range);
    this.#fleetTime.render(times, summary.fleetMs, range);
    renderLocations(byLocation(attempts));
    renderStatuses(summary);
    this.filters.offer(attempts);
    this.#showTable();
  }

  /** The attempt, if it is loaded. */
  find(attemptId: string): Attempt | undefined {
    return this.#shown?.attempts.find((attempt) => attempt.attemptId === attemptId);
  }

  /** From the first hundred again, where the filters have changed. */
  narrow(): void {
    this.table.reset();
    this.#showTable();
  }

  #showTable(): void {
    this.table.show(this.#wanted(), this.#shown?.attempts.length ?? 0);
  }

  #wanted(): readonly Attempt[] {
    const filter = this.filters.value();
    return (this.#shown?.attempts ?? []).filter((attempt) => isWanted(attempt, filter));
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

function sampledText(read: number, { attempts }: Summary): string {
  return (
    `Estimated: of about ${formatCount(attempts)} attempts, ${formatCount(read)} were read, the latest and a sample ` +
    'that is spread evenly over the range. Shares are right within some 2 %. The list below has what was read. To count ' +
    'each one: npm run history -- --summary --limit all.'
  );
}
