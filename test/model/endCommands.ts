import type * as fc from 'fast-check';
import type { EndFleet } from '../../lib/contract/outcomes.ts';
import type { Ledger } from '../../lib/ledger/sessions/ledger.ts';
import type { SessionRecord } from '../../lib/ledger/sessions/session.ts';
import type { Abstract, Model, Real } from './ledgerModel.ts';
import { etagOf, faulty, mustBe } from './ledgerRow.ts';

/** What the real clock, which goes on beside the model's, and whole seconds may come to. */
const CLOCK_MS = 5_000;

/** A process acts on the row: as it is now, or as the process saw it last. */
abstract class OnRow implements fc.AsyncCommand<Model, Real, boolean> {
  readonly #process: number;
  readonly #stale: boolean;

  constructor(process: number, stale: boolean) {
    this.#process = process;
    this.#stale = stale;
  }

  check({ row }: Readonly<Model>): boolean {
    return row.state !== 'absent';
  }

  async run(model: Model, real: Real): Promise<void> {
    const ledger = real.ledgers[this.#process] as Real['ledgers'][number];
    const record = this.#stale
      ? real.seen[this.#process]?.record
      : await faulty(real, this.#process, () => ledger.read(real.sessionId));
    if (record !== undefined) await this.act(model, real, record, ledger, this.#process);
  }

  protected abstract act(
    model: Model,
    real: Real,
    record: SessionRecord,
    ledger: Ledger,
    process: number,
  ): Promise<void>;

  protected get when(): string {
    return `process ${this.#process}${this.#stale ? ', by what it saw,' : ''}`;
  }
}

/** The session is ended. */
export class End extends OnRow {
  readonly #endFleet: EndFleet | undefined;

  constructor(process: number, stale: boolean, endFleet: EndFleet | undefined) {
    super(process, stale);
    this.#endFleet = endFleet;
  }

  protected override async act(
    model: Model,
    real: Real,
    seen: SessionRecord,
    ledger: Ledger,
    process: number,
  ): Promise<void> {
    const before = model.row;
    if (seen.state === 'ended') return;
    const may = before.state !== 'absent' && seen.etag === before.etag;
    const tombstone = ledger.tombstone(real.sessionId, 'backend');
    const result = await faulty(real, process, () => ledger.end(tombstone, seen, this.#endFleet));
    if (result !== undefined) expect(result.kind).toBe(may ? 'ended' : 'seen');
    if (result?.kind === 'seen') {
      real.reached('end of what has changed');
      expect(result.record?.etag).toBe(etagOf(before));
    }
    if (!may) return mustBe(model, real, [before]);
    real.reached(`end of ${before.state}${result === undefined ? ', in doubt' : ''}`);
    const after: Abstract = {
      ...{ state: 'ended', attemptId: tombstone.attemptId, cookie: undefined, charged: undefined },
      ...{ generation: before.generation, incarnation: before.incarnation },
      ...{ maybeStarted: before.maybeStarted, sinceMs: model.nowMs, expiresMs: 0 },
      ...(this.#endFleet !== undefined && { endFleet: this.#endFleet }),
      ...(before.state === 'allocated' && { hostedBy: before.attemptId }),
    };
    await mustBe(model, real, result === undefined ? [before, after] : [after]);
    // It stands for as long as the host would have been replayed.
    if (before.state === 'allocated' && model.row.state === 'ended') {
      expect(model.row.expiresMs).toBeGreaterThanOrEqual(before.expiresMs - CLOCK_MS);
    }
  }

  override toString(): string {
    return `${this.when} ends the session: ${this.#endFleet ?? 'the fleet is to be told'}`;
  }
}

/** The fleet has confirmed the end. */
export class Confirm extends OnRow {
  protected override async act(
    model: Model,
    real: Real,
    seen: SessionRecord,
    ledger: Ledger,
    process: number,
  ): Promise<void> {
    const before = model.row;
    if (seen.state !== 'ended' || seen.endFleet !== undefined) return;
    const may = before.state !== 'absent' && seen.etag === before.etag;
    const confirmed = await faulty(real, process, () => ledger.confirmEnd(seen, 'told'));
    if (confirmed !== undefined) expect(confirmed).toBe(may);
    real.reached(
      confirmed === undefined ? 'confirmed, in doubt' : confirmed ? 'confirmed' : 'confirmed before',
    );
    if (!may) return mustBe(model, real, [before]);
    const after: Abstract = { ...before, endFleet: 'told' };
    await mustBe(model, real, confirmed === undefined ? [before, after] : [after]);
  }

  override toString(): string {
    return `${this.when} confirms the end`;
  }
}
