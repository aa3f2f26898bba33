import type { HoldRequest, PoolCounts, ReleaseRequest, ResetOptions } from './controlSchema.ts';
import type { FaultRule } from './faultSchema.ts';
import type { FaultListing } from './faults.ts';
import type { Hold, ParkedCall } from './holds.ts';
import type { Report, ReportOptions } from './report.ts';

/** A report with its lists of hosts, calls and asides. */
export type FullReport = Required<Report>;

/** Steers a running simulator over its `/_control/*` API. Every method throws with the simulator's own message. */
export class SimulatorControl {
  readonly #base: string;

  /** @param url the simulator's address, e.g. `http://127.0.0.1:4000` */
  constructor(url: string) {
    this.#base = `${url}/_control`;
  }

  readonly faults = {
    /** Replaces all rules. A single rule is a list of one. */
    set: (...rules: FaultRule[]): Promise<FaultListing[]> => this.#call('POST', 'faults', rules),
    clear: (): Promise<FaultListing[]> => this.#call('DELETE', 'faults'),
    /** The rules in force, each with the number of calls it hit. */
    list: (): Promise<FaultListing[]> => this.#call('GET', 'faults'),
  };

  /** Breaks off what is under way and begins anew, with the options the simulator was started with or these. */
  async reset(options: ResetOptions = {}): Promise<void> {
    await this.#call('POST', 'reset', options);
  }

  /** Sets how many hosts are StandingBy in the locations named; answers all of them. */
  setPools(standingBy: PoolCounts): Promise<PoolCounts> {
    return this.#call('POST', 'pools', standingBy);
  }

  /** Ends the session's host. False when it had none. */
  async endHost(sessionId: string): Promise<boolean> {
    const path = `hosts/${encodeURIComponent(sessionId)}/end`;
    return (await this.#call<{ ended: boolean }>('POST', path)).ended;
  }

  /** Parks matching calls at the point from now on, until `release`. */
  hold(hold: HoldRequest): Promise<Hold> {
    return this.#call('POST', 'hold', hold);
  }

  /** Lets one call go (its hold stays), or one hold and all it parked, or everything. Answers how many went. */
  async release(which: ReleaseRequest = {}): Promise<number> {
    return (await this.#call<{ released: number }>('POST', 'release', which)).released;
  }

  /** Resolves with the parked calls as soon as there are `count`; throws when there are fewer after `timeoutMs`. */
  async waitForParked(count = 1, timeoutMs = 30_000): Promise<ParkedCall[]> {
    const path = `waiting?count=${count}&timeoutMs=${timeoutMs}`;
    const { reached, parked } = await this.#call<{ reached: boolean; parked: ParkedCall[] }>('GET', path);
    if (!reached) throw new Error(`${parked.length} of ${count} calls were parked after ${timeoutMs} ms.`);
    return parked;
  }

  report(options: { sessions?: readonly string[] } = {}): Promise<FullReport> {
    return this.#report(options);
  }

  /** The report without its lists of hosts, calls and asides: cheap after many thousand calls. */
  summary(options: { sessions?: readonly string[] } = {}): Promise<Report> {
    return this.#report({ ...options, summary: true });
  }

  #report<T extends Report>({ sessions, summary }: ReportOptions): Promise<T> {
    const query = new URLSearchParams();
    if (sessions) query.set('sessions', sessions.join(','));
    if (summary) query.set('summary', 'true');
    return this.#call('GET', `report?${query.toString()}`);
  }

  // The answer is trusted to have the type that the simulator gives it: both ends are in this folder.
  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#base}/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new Error(`${method} /_control/${path} answered ${response.status}: ${await response.text()}`);
    }
    return (await response.json()) as T;
  }
}
