import type { Attempt } from '../lib/contract/attempt.ts';
import { beganAtMs } from '../lib/insights/attempt.ts';
import { byLocation } from '../lib/insights/locations.ts';
import { summarise } from '../lib/insights/summary.ts';
import { timeline } from '../lib/insights/timeline.ts';
import { FleetTimeChart } from './charts/fleetTime.ts';
import { renderLocations } from './charts/locations.ts';
import { OutcomesChart } from './charts/outcomes.ts';
import { section, showText } from './dom.ts';
import { Filters, isWanted } from './filters.ts';
import { counted, moment } from './format.ts';
import type { Loaded } from './loaded.ts';
import { AttemptsTable } from './table.ts';
import { renderTiles } from './tiles.ts';

export interface DashboardEvents {
  readonly onAttempt: (attempt: Attempt) => void;
  readonly onSession: (sessionId: string) => void;
}

/** Figures, charts and table of what is loaded. */
export class Dashboard {
  readonly filters: Filters;
  readonly table: AttemptsTable;
  readonly #outcomes = new OutcomesChart();
  readonly #fleetTime = new FleetTimeChart();
  #loaded: Loaded = { attempts: [], cut: false };

  constructor({ onAttempt, onSession }: DashboardEvents) {
    this.table = new AttemptsTable(onAttempt);
    this.filters = new Filters(() => {
      this.table.reset();
      this.#showTable();
    }, onSession);
  }

  /** @param nowMs where the range ends */
  show(loaded: Loaded, sinceMs: number, nowMs: number): void {
    this.#loaded = loaded;
    const { attempts, cut } = loaded;
    const oldest = attempts.at(-1);
    const fromMs = cut && oldest !== undefined ? beganAtMs(oldest) : sinceMs;
    showText(section('cut'), cut ? cutText(attempts.length, fromMs) : '');
    // The plots take their size from these sections, which must be visible before anything is drawn.
    section('empty-view').hidden = attempts.length > 0;
    section('data-view').hidden = attempts.length === 0;
    if (attempts.length === 0) return;
    const summary = summarise(attempts);
    const times = timeline(attempts, fromMs, nowMs);
    const range = [(times.startsMs[0] ?? fromMs) / 1_000, nowMs / 1_000] as const;
    renderTiles(summary);
    this.#outcomes.render(times, summary.outcomes, range);
    this.#fleetTime.render(times, summary.fleetMs, range);
    renderLocations(byLocation(attempts));
    this.filters.offer(attempts);
    this.#showTable();
  }

  #showTable(): void {
    const filter = this.filters.value();
    const { attempts } = this.#loaded;
    this.table.show(
      attempts.filter((attempt) => isWanted(attempt, filter)),
      attempts.length,
    );
  }
}

function cutText(count: number, fromMs: number): string {
  return (
    `The range has more: everything here covers its latest ${counted(count, 'attempt')}, from ${moment(fromMs)} UTC on. ` +
    'For all of it: npm run history -- --summary, or the workbook of the platform.'
  );
}
