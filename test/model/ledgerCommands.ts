import * as fc from 'fast-check';
import type { EndFleet } from '../../lib/contract/outcomes.ts';
import type { Claim, ClaimResult, ReleaseEnding } from '../../lib/ledger/sessions/ledger.ts';
import { type Claimable, meaningOf } from '../../lib/ledger/sessions/session.ts';
import type { Charge } from '../../lib/ledger/quota/quota.ts';
import type { Loss } from '../support/lossyTable.ts';
import { type Abstract, type Holder, type Model, type Real, LEASE_MS, TTL_MS } from './ledgerModel.ts';
import { cookieOf, etagOf, faulty, isExpired, mustBe } from './ledgerRow.ts';
import { Confirm, End } from './endCommands.ts';
import { claim as claimSeen } from '../support/claiming.ts';

type Command = fc.AsyncCommand<Model, Real, boolean>;

/** Past the lease by the whole seconds that the service's clock may lack. */
const PASS_LEASE_MS = LEASE_MS + 2_000;
const PASS_EXPIRY_MS = TTL_MS + 120_000;

function claimable({ row, nowMs }: Model): boolean {
  switch (row.state) {
    case 'absent':
    case 'released':
      return true;
    case 'claimed':
      return nowMs - row.sinceMs > LEASE_MS;
    case 'allocated':
      return isExpired(row, nowMs);
    case 'ended':
      return row.endFleet !== undefined && isExpired(row, nowMs);
  }
}

/** What the writer of a claim brings along. */
interface Fresh {
  readonly attemptId: string;
  /** Counts only where the session begins with this claim. */
  readonly incarnation: string;
  readonly cookie: string | undefined;
}

/** What the row becomes when it is claimed now. */
function claimedFrom(row: Abstract, { attemptId, ...begun }: Fresh, sinceMs: number): Abstract {
  const common = { state: 'claimed', attemptId, sinceMs, expiresMs: sinceMs + TTL_MS } as const;
  const beginning = { ...common, ...begun, maybeStarted: false, charged: undefined };
  if (row.state === 'absent') return { ...beginning, generation: 1 };
  if (row.state === 'allocated' || row.state === 'ended')
    return { ...beginning, generation: row.generation + 1 };
  const { generation, incarnation, cookie, charged } = row;
  if (row.state === 'released' && !row.maybeStarted) return { ...beginning, generation };
  return { ...common, generation, incarnation, cookie, charged, maybeStarted: true };
}

function incarnationOf(row: Abstract): string | undefined {
  return 'incarnation' in row ? row.incarnation : undefined;
}

class ClaimIt implements Command {
  readonly #process: number;
  readonly #cookie: string | undefined;
  readonly #stale: boolean;

  /** @param stale takes over what the process saw last, whatever has become of it */
  constructor(process: number, cookie: string | undefined, stale: boolean) {
    this.#process = process;
    this.#cookie = cookie;
    this.#stale = stale;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const before = model.row;
    const found = this.#stale ? this.#foundBefore(real) : undefined;
    const may =
      found === undefined
        ? claimable(model)
        : found.session?.etag === etagOf(before) || before.state === 'absent';
    const result = await faulty(real, this.#process, () => this.#claim(real, found));
    if (result?.kind === 'claimed') {
      real.reached(`claim of ${before.state}${found === undefined ? '' : ', watched'}`);
      expect(may).toBe(true);
      await this.#mustHaveClaimed(model, real, result.claim);
    } else if (result !== undefined) {
      expect(may).toBe(false);
      expect(result.record.state).toBe(before.state);
      if ('attemptId' in before) expect(result.record.attemptId).toBe(before.attemptId);
      await mustBe(model, real, [before]);
    } else {
      const landed = await real.row(model.nowMs);
      const attemptId = 'attemptId' in landed ? landed.attemptId : '';
      const incarnation = incarnationOf(landed) ?? '';
      const fresh = { attemptId, incarnation, cookie: this.#cookie };
      await mustBe(model, real, [before, ...(may ? [claimedFrom(before, fresh, model.nowMs)] : [])]);
      model.incarnations.add(incarnation);
    }
  }

  async #mustHaveClaimed(model: Model, real: Real, claim: Claim): Promise<void> {
    const before = model.row;
    const { attemptId, incarnation = '', charge } = claim.session;
    const expected = claimedFrom(before, { attemptId, incarnation, cookie: this.#cookie }, model.nowMs);
    const goesOn = incarnation === incarnationOf(before);
    expect(model.incarnations.has(incarnation)).toBe(goesOn);
    model.incarnations.add(incarnation);
    expect(claim.session).toMatchObject({
      generation: 'generation' in expected ? expected.generation : 0,
      maybeStarted: 'maybeStarted' in expected && expected.maybeStarted,
      cookie: cookieOf(expected),
    });
    expect(charge?.caller).toBe('charged' in expected ? expected.charged : undefined);
    await mustBe(model, real, [expected]);
    const tookOver = before.state !== 'absent';
    expect(claim.previousHistory !== undefined).toBe(tookOver);
    model.holders.push({ claim, process: this.#process, attemptId, tookOver, charge, shaken: false });
  }

  /** What the process saw last, if that means by now, on its own clock, that it may claim the session. */
  #foundBefore(real: Real): Claimable | undefined {
    const old = real.seen[this.#process];
    if (old === undefined) return undefined;
    const meaning = meaningOf(old.record, real.clock.monotonicMs() - old.atMs);
    return meaning.kind === 'claim' || meaning.kind === 'take-over' ? meaning : undefined;
  }

  async #claim(real: Real, found: Claimable | undefined): Promise<ClaimResult> {
    const ledger = real.ledgers[this.#process] as Real['ledgers'][number];
    const { sessionId } = real;
    const proposal = { sessionId, gameMode: 'duel', cookie: this.#cookie, fleet: 'sessionhosts' };
    if (found !== undefined) return ledger.claim(proposal, found);
    const first = await claimSeen(ledger, proposal);
    return first.kind === 'seen' ? claimSeen(ledger, proposal, first.record) : first;
  }

  toString(): string {
    return `process ${this.#process} claims${this.#stale ? ' what it saw' : ''} with ${this.#cookie ?? 'no cookie'}`;
  }
}

/** A process looks, and may act on what it saw much later. */
class Look implements Command {
  readonly #process: number;

  constructor(process: number) {
    this.#process = process;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const record = await faulty(
      real,
      this.#process,
      async () => (await real.ledgers[this.#process]?.read(real.sessionId)) ?? 'absent',
    );
    if (record === undefined) return;
    const state = record === 'absent' ? record : record.state;
    expect(state).toBe(model.row.state);
    const atMs = real.clock.monotonicMs();
    real.seen[this.#process] = record === 'absent' ? undefined : { record, atMs };
  }

  toString(): string {
    return `process ${this.#process} looks`;
  }
}

/** Something that the holder of a claim does. */
abstract class ByHolder implements Command {
  readonly #slot: number;

  constructor(slot: number) {
    this.#slot = slot;
  }

  check({ holders }: Readonly<Model>): boolean {
    return holders.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const at = this.#slot % model.holders.length;
    const holder = model.holders[at] as Holder;
    const own = model.row.state === 'claimed' && model.row.attemptId === holder.attemptId;
    if (!(await this.act(model, real, holder, own))) model.holders.splice(at, 1);
  }

  /** @returns whether the attempt goes on */
  protected abstract act(model: Model, real: Real, holder: Holder, own: boolean): Promise<boolean>;
}

class Renew extends ByHolder {
  protected override async act(model: Model, real: Real, holder: Holder, own: boolean): Promise<boolean> {
    holder.charge ??= { caller: `caller of ${holder.attemptId}`, windowStartMs: 0 };
    const { charge } = holder;
    const renewed = await faulty(real, holder.process, () => holder.claim.renew(charge));
    if (renewed === undefined) holder.shaken = true;
    else expect(renewed).toBe(own);
    real.reached(renewed === undefined ? 'unconfirmed renewal' : renewed ? 'renewed' : 'lost');
    const before = model.row;
    const after = own ? { ...before, charged: charge.caller } : before;
    await mustBe(model, real, renewed === undefined ? [before, after] : [after]);
    if (renewed !== undefined) expect(etagOf(model.row) !== etagOf(before)).toBe(own);
    return renewed !== false;
  }

  override toString(): string {
    return 'a holder renews';
  }
}

class Settle extends ByHolder {
  protected override async act(model: Model, real: Real, { claim, charge }: Holder): Promise<boolean> {
    const before = model.row;
    const body = `{"attempt":"${claim.session.attemptId}"}`;
    const answer = { body, region: 'WestUS', hostName: 'a.cloudapp.net' };
    const settled = await claim.settle(answer, real.clock.monotonicMs() + 5_000, charge);
    const { attemptId, generation, incarnation = '' } = claim.session;
    const ours =
      before.state !== 'absent' && before.generation === generation && before.incarnation === incarnation;
    if (!ours && before.state !== 'absent' && before.generation === generation) {
      real.reached('settle of an old incarnation');
    }
    const after: Abstract = {
      ...{ state: 'allocated', generation, incarnation, attemptId, cookie: undefined },
      ...{ maybeStarted: true, charged: charge?.caller, sinceMs: model.nowMs, body },
      expiresMs: model.nowMs + TTL_MS,
    };
    const kind = ours ? settlementOnto(before) : 'unconfirmed';
    expect(settled.kind).toBe(kind);
    real.reached(kind === 'ended' ? 'settle onto an ended session' : kind);
    if (settled.kind === 'ended') expect(settled.record.etag).toBe(etagOf(before));
    if (settled.kind === 'settled' || settled.kind === 'superseded') {
      expect(settled.record.body).toBe(before.state === 'allocated' ? before.body : body);
    }
    await mustBe(model, real, [kind === 'settled' ? after : before]);
    return false;
  }

  override toString(): string {
    return 'a holder settles';
  }
}

/** What settling a claim of this beginning comes to. */
function settlementOnto(before: Abstract): 'settled' | 'superseded' | 'ended' {
  if (before.state === 'allocated') return 'superseded';
  return before.state === 'ended' ? 'ended' : 'settled';
}

class Release extends ByHolder {
  readonly #ending: ReleaseEnding;

  constructor(slot: number, ending: ReleaseEnding) {
    super(slot);
    this.#ending = ending;
  }

  protected override async act(model: Model, real: Real, holder: Holder, own: boolean): Promise<boolean> {
    const before = model.row;
    const done = await faulty(real, holder.process, async () => {
      await holder.claim.release(this.#ending, holder.charge);
      return true;
    });
    const removes = this.#ending === 'never-asked' && !holder.tookOver;
    const after = own ? released(before, this.#ending, removes, holder.charge) : before;
    // Who lost sight of its row's etag leaves it to its lease, rather than remove what may be another's.
    const certain = done === true && !(removes && holder.shaken);
    await mustBe(model, real, certain ? [after] : [before, after]);
    return false;
  }

  override toString(): string {
    return `a holder releases: ${this.#ending}`;
  }
}

function released(
  before: Abstract,
  ending: ReleaseEnding,
  removed: boolean,
  charge: Charge | undefined,
): Abstract {
  if (removed || before.state === 'absent') return { state: 'absent' };
  const maybeStarted = before.maybeStarted || ending === 'maybe-started';
  return { ...before, state: 'released', maybeStarted, charged: maybeStarted ? charge?.caller : undefined };
}

/** What prune does once the session has expired. */
class Forget implements Command {
  readonly #afterMs: number;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await new Pass(this.#afterMs).run(model, real);
    const { row, nowMs } = model;
    const isOver = isExpired(row, nowMs);
    const isOpen = row.state === 'ended' && row.endFleet === undefined;
    if (isOver && isOpen) real.reached('kept beyond its time: nobody has confirmed the end');
    const forgets = isOver && !isOpen;
    expect(await real.prune()).toBe(forgets);
    if (forgets) real.reached(`${row.state} forgotten`);
    if (forgets) model.row = { state: 'absent' };
    await mustBe(model, real, [model.row]);
  }

  toString(): string {
    return `${this.#afterMs / 1_000} s pass, and the session is forgotten if it has expired`;
  }
}

class Crash extends ByHolder {
  protected override act(): Promise<boolean> {
    return Promise.resolve(false);
  }

  override toString(): string {
    return 'a holder crashes';
  }
}

class Pass implements Command {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): Promise<void> {
    model.nowMs += this.#ms;
    return real.pass(this.#ms);
  }

  toString(): string {
    return `${this.#ms / 1_000} s pass`;
  }
}

/** A process takes over as soon as it may: drawn as two commands, it comes too seldom for a holder that settles too late. */
class TakeOver implements Command {
  readonly #claim: ClaimIt;

  constructor(process: number, stale: boolean) {
    this.#claim = new ClaimIt(process, undefined, stale);
  }

  check({ row }: Readonly<Model>): boolean {
    return row.state === 'claimed';
  }

  async run(model: Model, real: Real): Promise<void> {
    await new Pass(PASS_LEASE_MS).run(model, real);
    await this.#claim.run(model, real);
  }

  toString(): string {
    return `${PASS_LEASE_MS / 1_000} s pass, and ${this.#claim.toString()}`;
  }
}

class Lose implements Command {
  readonly #process: number;
  readonly #operation: 'insert' | 'read' | 'replace' | 'remove';
  readonly #loss: Loss;

  constructor(process: number, operation: 'insert' | 'read' | 'replace' | 'remove', loss: Loss) {
    this.#process = process;
    this.#operation = operation;
    this.#loss = loss;
  }

  check(): boolean {
    return true;
  }

  run(_model: Model, real: Real): Promise<void> {
    // What is repeated and refused is a write: a read that is repeated is answered.
    const loss = this.#operation === 'read' && this.#loss === 'repeated' ? 'lost' : this.#loss;
    real.tables[this.#process]?.lose(this.#operation, loss);
    real.losses[this.#process] = (real.losses[this.#process] ?? 0) + 1;
    return Promise.resolve();
  }

  toString(): string {
    return `process ${this.#process}: next ${this.#operation} ${this.#loss}`;
  }
}

const PROCESSES = 3;
const process = fc.nat(PROCESSES - 1);
const slot = fc.nat(7);

/** What can happen to one session: processes that claim, look, renew, settle, release, die; time; and faults. */
export const commands = fc.commands<Model, Real, boolean>(
  [
    fc
      .tuple(process, fc.constantFrom(undefined, 'first', 'second'), fc.boolean())
      .map((all) => new ClaimIt(...all)),
    process.map((one) => new ClaimIt(one, 'third', false)),
    process.map((one) => new Look(one)),
    process.map((one) => new Look(one)),
    fc.tuple(process, fc.boolean()).map((all) => new TakeOver(...all)),
    slot.map((one) => new Renew(one)),
    slot.map((one) => new Settle(one)),
    slot.map((one) => new Settle(one)),
    fc
      .tuple(slot, fc.constantFrom<ReleaseEnding>('never-asked', 'nothing-started', 'maybe-started'))
      .map((all) => new Release(...all)),
    slot.map((one) => new Crash(one)),
    fc
      .tuple(process, fc.boolean(), fc.constantFrom<EndFleet | undefined>(undefined, undefined, 'not-told'))
      .map((all) => new End(...all)),
    fc.tuple(process, fc.boolean()).map((all) => new Confirm(...all)),
    process.map((one) => new Confirm(one, false)),
    fc.constantFrom(PASS_LEASE_MS, PASS_EXPIRY_MS).map((ms) => new Pass(ms)),
    fc.constantFrom(0, PASS_EXPIRY_MS).map((ms) => new Forget(ms)),
    fc
      .tuple(
        process,
        fc.constantFrom('insert', 'read', 'replace', 'replace', 'remove'),
        fc.constantFrom<Loss>('lost', 'repeated', 'down'),
      )
      .map((all) => new Lose(...all)),
  ],
  { maxCommands: 80, size: 'max' },
);

export { PROCESSES };
