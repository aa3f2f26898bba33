import type { StorageFault } from '../storageFault.ts';
import type { SweepReport } from './reports.ts';

type SweepCounts = Omit<
  SweepReport,
  'everything' | 'fromHour' | 'watermark' | 'behindHours' | 'ms' | 'bounded'
>;

/** What became of the rows that a run found open. */
export class SweepTally {
  readonly hours = new Set<string>();
  open = 0;
  allocated = 0;
  unknown = 0;
  itself = 0;
  alive = 0;
  ended = 0;
  pending = 0;
  fenced = 0;
  #faults = 0;
  #unreadable = 0;
  #reason: string | undefined;

  /** Rows that are still open, and that the next run may be able to close. */
  get left(): number {
    return this.alive + this.pending + this.#faults - this.#unreadable;
  }

  fault({ message }: StorageFault): void {
    this.#faults += 1;
    this.#reason ??= message;
  }

  /** A fault that stays until somebody has mended the row. */
  unreadable(fault: StorageFault): void {
    this.#unreadable += 1;
    this.fault(fault);
  }

  counts(): SweepCounts {
    const { open, allocated, unknown, itself: closedThemselves, alive, ended, pending, fenced } = this;
    const counts = { open, allocated, unknown, closedThemselves, alive, ended, pending, fenced };
    return { hours: this.hours.size, ...counts, faults: this.#faults, reason: this.#reason };
  }
}
