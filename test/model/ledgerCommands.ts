import * as fc from 'fast-check';
import { StorageFault } from '../../lib/ledger/storageFault.ts';
import type { ClaimResult, ReleaseEnding } from '../../lib/ledger/sessions/ledger.ts';
import type { SessionRecord } from '../../lib/ledger/sessions/session.ts';
import type { Loss } from '../support/lossyTable.ts';
import { type Abstract, type Holder, type Model, type Real, LEASE_MS, TTL_MS } from './ledgerModel.ts';
import { claim as claimSeen } from '../support/claiming.ts';

type Command = fc.AsyncCommand<Model, Real, boolean>;

/** Past the lease by the whole seconds that the service's clock may lack. */
const PASS_LEASE_MS = LEASE_MS + 2_000;
const PASS_EXPIRY_MS = TTL_MS + 120_000;

/** Every command leaves the row as the model says; `allowed` are the ways in which it may, after a fault. */
async function mustBe(model: Model, real: Real, allowed: readonly Abstract[]): Promise<void> {
  const row = await real.row(model.nowMs);
  const plain = (one: Abstract) => ({ ...one, sinceMs: 0, cookie: undefined, etag: undefined });
  expect(allowed.map(plain)).toContainEqual(plain(row));
  if (etagOf(row) === etagOf(model.row)) return;
  const same = allowed.find((one) => JSON.stringify(plain(one)) === JSON.stringify(plain(row)));
  model.row = 'cookie' in row ? { ...row, cookie: cookieOf(same) } : row;
}

function etagOf(row: Abstract): string | undefined {
  return 'etag' in row ? row.etag : undefined;
}

function cookieOf(row: Abstract | undefined): string | undefined {
  return row !== undefined && 'cookie' in row ? row.cookie : undefined;
}

/** Runs one operation; a fault is excused by losses that were asked for, and by nothing else. */
async function faulty<T>(real: Real, process: number, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    expect(error).toBeInstanceOf(StorageFault);
    expect(real.losses[process]).toBeGreaterThan(0);
    real.reached('fault');
    return undefined;
  }
}

function claimable({ row, nowMs }: Model): boolean {
  if (row.state === 'absent' || row.state === 'released') return true;
  return nowMs - row.sinceMs > (row.state === 'claimed' ? LEASE_MS : TTL_MS + 60_000);
}

/** What the row becomes when it is claimed now. */
function claimedFrom(
  row: Abstract,
  attemptId: string,
  cookie: string | undefined,
  sinceMs: number,
): Abstract {
  if (row.state === 'absent') {
    return { state: 'claimed', generation: 1, attemptId, cookie, maybeStarted: false, sinceMs };
  }
  const expired = row.state === 'allocated';
  const maybeStarted = !expired && (row.state === 'claimed' || row.maybeStarted);
  return {
    state: 'claimed',
    generation: expired ? row.generation + 1 : row.generation,
    attemptId,
    cookie: maybeStarted ? row.cookie : cookie,
    maybeStarted,
    sinceMs,
  };
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
    const old = this.#stale ? real.seen[this.#process] : undefined;
    const may =
      old === undefined ? claimable(model) : old.etag === etagOf(before) || before.state === 'absent';
    const result = await faulty(real, this.#process, () => this.#claim(real, old?.record));
    if (result?.kind === 'claimed') {
      const { claim } = result;
      real.reached(`claim of ${before.state}`);
      expect(may).toBe(true);
      const expected = claimedFrom(before, claim.session.attemptId, this.#cookie, model.nowMs);
      expect(claim.session).toMatchObject({
        generation: 'generation' in expected ? expected.generation : 0,
        maybeStarted: 'maybeStarted' in expected && expected.maybeStarted,
        cookie: cookieOf(expected),
      });
      await mustBe(model, real, [expected]);
      const tookOver = before.state !== 'absent';
      expect(claim.previousHistory !== undefined).toBe(tookOver);
      const { attemptId } = claim.session;
      model.holders.push({ claim, process: this.#process, attemptId, tookOver, shaken: false });
    } else if (result !== undefined) {
      expect(may).toBe(false);
      expect(result.record.state).toBe(before.state);
      if ('attemptId' in before) expect(result.record.attemptId).toBe(before.attemptId);
      await mustBe(model, real, [before]);
    } else {
      const landed = await real.row(model.nowMs);
      const attemptId = 'attemptId' in landed ? landed.attemptId : '';
      await mustBe(model, real, [
        before,
        ...(may ? [claimedFrom(before, attemptId, this.#cookie, model.nowMs)] : []),
      ]);
    }
  }

  async #claim(real: Real, old: SessionRecord | undefined): Promise<ClaimResult> {
    const ledger = real.ledgers[this.#process] as Real['ledgers'][number];
    const { sessionId } = real;
    const proposal = { sessionId, gameMode: 'duel', cookie: this.#cookie, fleet: 'sessionhosts' };
    const first = await claimSeen(ledger, proposal, old);
    return first.kind === 'seen' && old === undefined ? claimSeen(ledger, proposal, first.record) : first;
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
    const useful = record !== 'absent' && claimable(model);
    real.seen[this.#process] = useful ? { record, etag: record.etag } : undefined;
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
    const renewed = await faulty(real, holder.process, () => holder.claim.renew());
    if (renewed === undefined) holder.shaken = true;
    else expect(renewed).toBe(own);
    real.reached(renewed === undefined ? 'unconfirmed renewal' : renewed ? 'renewed' : 'lost');
    const before = etagOf(model.row);
    await mustBe(model, real, [model.row]);
    if (renewed !== undefined) expect(etagOf(model.row) !== before).toBe(own);
    return renewed !== false;
  }

  override toString(): string {
    return 'a holder renews';
  }
}

class Settle extends ByHolder {
  protected override async act(model: Model, real: Real, { claim }: Holder): Promise<boolean> {
    const before = model.row;
    const body = `{"attempt":"${claim.session.attemptId}"}`;
    const answer = { body, region: 'WestUS', hostName: 'a.cloudapp.net' };
    const settled = await claim.settle(answer, real.clock.monotonicMs() + 5_000);
    const { attemptId, generation } = claim.session;
    const ours = before.state !== 'absent' && before.generation === generation;
    const after: Abstract = {
      ...{ state: 'allocated', generation, attemptId, cookie: undefined },
      ...{ maybeStarted: true, sinceMs: model.nowMs, body },
    };
    const kind = !ours ? 'unconfirmed' : before.state === 'allocated' ? 'superseded' : 'settled';
    expect(settled.kind).toBe(kind);
    real.reached(kind);
    if (settled.kind !== 'unconfirmed') {
      expect(settled.record.body).toBe(before.state === 'allocated' ? before.body : body);
    }
    await mustBe(model, real, [kind === 'settled' ? after : before]);
    return false;
  }

  override toString(): string {
    return 'a holder settles';
  }
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
      await holder.claim.release(this.#ending);
      return true;
    });
    const removes = this.#ending === 'never-asked' && !holder.tookOver;
    const after = own ? released(before, this.#ending, removes) : before;
    // Who lost sight of its row's etag leaves it to its lease, rather than remove what may be another's.
    const certain = done === true && !(removes && holder.shaken);
    await mustBe(model, real, certain ? [after] : [before, after]);
    return false;
  }

  override toString(): string {
    return `a holder releases: ${this.#ending}`;
  }
}

function released(before: Abstract, ending: ReleaseEnding, removed: boolean): Abstract {
  if (removed || before.state === 'absent') return { state: 'absent' };
  return { ...before, state: 'released', maybeStarted: before.maybeStarted || ending === 'maybe-started' };
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
    slot.map((one) => new Renew(one)),
    slot.map((one) => new Settle(one)),
    slot.map((one) => new Settle(one)),
    fc
      .tuple(slot, fc.constantFrom<ReleaseEnding>('never-asked', 'nothing-started', 'maybe-started'))
      .map((all) => new Release(...all)),
    slot.map((one) => new Crash(one)),
    fc.constantFrom(PASS_LEASE_MS, PASS_EXPIRY_MS).map((ms) => new Pass(ms)),
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
