import { historyHour, hourLater, hourStartMs } from '../../lib/ledger/history/historyKey.ts';
import { type PruneOptions, prune } from '../../lib/ledger/upkeep/prune.ts';
import type { PruneReport, SweepReport } from '../../lib/ledger/upkeep/reports.ts';
import { moveWatermark } from '../../lib/ledger/upkeep/watermark.ts';
import { sweep } from '../../lib/ledger/upkeep/sweep.ts';
import { seededRandom } from '../../local/data/random.ts';
import { Attempts } from './attempts.ts';
import { ServiceLimits } from './serviceLimits.ts';
import { SimulatedHistory } from './simulatedHistory.ts';
import { SimulatedSessions } from './simulatedSessions.ts';
import { SimulatedTime } from './simulatedTime.ts';
import { noFleet } from '../../test/support/noFleet.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The settings' defaults, and what functions/prune.ts and functions/sweep.ts give a run. */
const TTL_MS = 24 * HOUR_MS;
const RETENTION_MS = 30 * 24 * HOUR_MS;
const PRUNE = { minute: 17, mostMs: 20 * MINUTE_MS };
const SWEEP = { everyMs: 5 * MINUTE_MS, mostMs: 2 * MINUTE_MS };

/** A session expires its time after it was settled: prune waits for an hour and a part of one more. */
const DUE_AFTER_MS = TTL_MS + HOUR_MS;
/** A sweep each five minutes, and what it needs itself. */
const CLOSED_WITHIN_MS = 10 * MINUTE_MS;
/** One broker in so many attempts dies right after its claim. */
const ONE_STRAY_OF = 10_000;

export interface DayOptions {
  readonly anHour: number;
  /** Of `prune`, one an hour. */
  readonly runs: number;
  /** How many hours the timers have not run before. */
  readonly behindHours: number;
  readonly onRun: (run: PruneRunFigures) => void;
}

export interface PruneRunFigures extends Pick<
  PruneReport,
  | 'sessionsRemoved'
  | 'historyRowsRemoved'
  | 'straySessionsRemoved'
  | 'behindHours'
  | 'faults'
  | 'ms'
  | 'bounded'
> {
  readonly requests: number;
  /** Rows that were due when the run began and are still there: of sessions and of the history. */
  readonly backlog: number;
}

export interface SweepFigures {
  readonly runs: number;
  readonly slowestMs: number;
  readonly closed: number;
  /** Runs of the last hour that did not look at everything. */
  readonly cut: number;
  /** Rows of attempts that died in the last hours, more than ten minutes before the end, and that are open. */
  readonly leftOpen: number;
}

export interface DayFigures {
  readonly anHour: number;
  readonly runs: readonly PruneRunFigures[];
  readonly sweeps: SweepFigures;
  /** Strays that had expired a day and a week before the end, and are there. */
  readonly straysLeft: number;
}

/** A day of both timers in simulated time, on tables in which every hour has as many attempts. */
export async function simulateDay(options: DayOptions): Promise<DayFigures> {
  const day = new Day(options);
  await day.time.pass(Promise.all([day.prunes(), day.sweeps()]));
  return day.figures();
}

class Day {
  readonly time: SimulatedTime;
  readonly #options: DayOptions;
  readonly #startMs = Date.parse('2026-11-22T00:00:00.000Z');
  readonly #attempts: Attempts;
  readonly #sessions: SimulatedSessions;
  readonly #history: SimulatedHistory;
  readonly #limits: ServiceLimits;
  readonly #tables: PruneOptions;
  readonly #firstDue: string;
  readonly #pruned: PruneRunFigures[] = [];
  readonly #swept: SweepReport[] = [];

  constructor(options: DayOptions) {
    this.#options = options;
    const { anHour, behindHours } = options;
    this.time = new SimulatedTime(this.#startMs);
    const firstRunMs = this.#startMs + PRUNE.minute * MINUTE_MS;
    this.#firstDue = hourLater(historyHour(firstRunMs - DUE_AFTER_MS), -1 - behindHours);
    const firstKept = hourLater(historyHour(firstRunMs - RETENTION_MS), -1 - behindHours);
    this.#attempts = new Attempts(anHour, firstKept);
    this.#limits = new ServiceLimits(this.time, anHour);
    this.#sessions = new SimulatedSessions(this.#attempts, this.time, this.#limits, TTL_MS);
    this.#history = new SimulatedHistory(this.#attempts, this.time, this.#limits, firstKept);
    this.#addStrays();
    this.#tables = this.#asTables();
  }

  async prunes(): Promise<void> {
    await this.#startFrom('prune', this.#firstDue);
    for (let run = 0; run < this.#options.runs; run += 1) {
      const atMs = this.#startMs + run * HOUR_MS + PRUNE.minute * MINUTE_MS;
      await this.time.until(atMs);
      const before = this.#limits.requests;
      const report = await prune(this.#tables, PRUNE.mostMs);
      const figures = { ...report, requests: this.#limits.requests - before, backlog: this.#backlog(atMs) };
      this.#pruned.push(figures);
      this.#options.onRun(figures);
    }
  }

  async sweeps(): Promise<void> {
    const lastMs = this.#startMs - this.#options.behindHours * HOUR_MS;
    await this.#startFrom('sweep', hourLater(historyHour(lastMs), -2), lastMs - SWEEP.everyMs);
    for (let atMs = this.#startMs; atMs < this.#endMs; atMs += SWEEP.everyMs) {
      await this.time.until(atMs);
      this.#swept.push(
        await sweep({ ...this.#tables, teller: noFleet }, { everything: false, mostMs: SWEEP.mostMs }),
      );
    }
  }

  figures(): DayFigures {
    const nowMs = this.time.wallMs();
    const hours = [0, 1, 2].map((back) => hourLater(historyHour(nowMs), -back));
    const simulated = hours.filter((hour) => hour >= historyHour(this.#startMs));
    return {
      anHour: this.#options.anHour,
      runs: this.#pruned,
      sweeps: {
        runs: this.#swept.length,
        slowestMs: Math.max(...this.#swept.map(({ ms }) => ms)),
        closed: this.#swept.reduce((sum, { unknown }) => sum + unknown, 0),
        cut: this.#swept.slice(-HOUR_MS / SWEEP.everyMs).filter(({ bounded }) => bounded).length,
        leftOpen: simulated.reduce(
          (sum, hour) => sum + this.#history.openSince(hour, nowMs - CLOSED_WITHIN_MS),
          0,
        ),
      },
      straysLeft: this.#sessions.straysExpired(nowMs - 8 * 24 * HOUR_MS),
    };
  }

  get #endMs(): number {
    return this.#startMs + this.#options.runs * HOUR_MS;
  }

  #asTables(): PruneOptions {
    const [sessions, history] = [this.#sessions, this.#history];
    const nobody = (): Promise<never> => Promise.reject(new Error('not of this table'));
    const none = { page: nobody, nextPartition: nobody, removeRows: nobody };
    return {
      sessions,
      sessionScan: { ...none, pageOlder: (request) => sessions.pageOlder(request, this.#sessionRows()) },
      history,
      historyScan: history,
      quotas: sessions,
      quotaScan: { ...none, pageOlder: () => Promise.resolve({ rows: [] }) },
      requestScan: { ...none, nextPartition: () => Promise.resolve(undefined), pageOlder: nobody },
      clock: this.time,
      sessionTtlMs: TTL_MS,
      retentionMs: RETENTION_MS,
    };
  }

  /** As if the runs before had come to this hour. */
  async #startFrom(work: 'prune' | 'sweep', hour: string, newestAtMs?: number): Promise<void> {
    const [seen, end] = [
      { progress: undefined, etag: undefined },
      { behindHours: 0, atMs: this.#startMs },
    ];
    await moveWatermark(this.#history, work, seen, { hour, again: [], newestAtMs }, end);
  }

  /** How many sessions there are. */
  #sessionRows(): number {
    const nowMs = this.time.wallMs();
    const wholeHours = (hourStartMs(historyHour(nowMs)) - hourStartMs(this.#firstDue)) / HOUR_MS;
    const begun = this.#attempts.begun(historyHour(nowMs), nowMs);
    return wholeHours * this.#options.anHour + begun - this.#sessions.removed.total;
  }

  #backlog(atMs: number): number {
    const [dueUntil, keptFrom] = [historyHour(atMs - DUE_AFTER_MS), historyHour(atMs - RETENTION_MS)];
    const sessions = this.#left(this.#firstDue, dueUntil, (hour) => this.#sessions.removed.count(hour));
    const first = this.#history.firstHour;
    return sessions + this.#left(first, keptFrom, (hour) => this.#history.removed.count(hour));
  }

  #left(from: string, until: string, removed: (hour: string) => number): number {
    let left = 0;
    for (let hour = from; hour < until; hour = hourLater(hour, 1)) {
      left += this.#options.anHour - removed(hour);
    }
    return left;
  }

  /** Of the ten days before, so that some have been due for long. */
  #addStrays(): void {
    const random = seededRandom(1);
    const count = Math.ceil(this.#options.anHour / ONE_STRAY_OF);
    for (let back = 1; back <= 240; back += 1) {
      for (let number = 0; number < count; number += 1) {
        const id = `10000000-0000-4000-8000-${String(back * 10_000 + number).padStart(12, '0')}`;
        this.#sessions.addStray(id, this.#startMs - back * HOUR_MS, random());
      }
    }
  }
}
