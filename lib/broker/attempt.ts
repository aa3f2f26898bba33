import { Problem } from '../contract/problem.ts';
import { renderAllocation } from '../contract/renderAllocation.ts';
import type { Charge } from '../ledger/quota/quota.ts';
import type { FleetAnswer } from '../fleets/fleet.ts';
import type { ReleaseEnding, Settlement } from '../ledger/sessions/ledger.ts';
import type { EndedRecord } from '../ledger/sessions/session.ts';
import type { Asked } from './ask.ts';
import { askFleets, NOT_ASKED } from './askFleets.ts';
import { AttemptLog, type AttemptResult, type AttemptSubject } from './attemptLog.ts';
import type { ObtainDependencies } from './dependencies.ts';
import {
  type Ending,
  endingOf,
  leftEnding,
  quotaExceeded,
  unrecordedEnding,
  waitingEnding,
} from './ending.ts';
import type { FlightEnd } from './flights.ts';
import { tellFleet } from './tellFleet.ts';

/**
 * Settling goes on for this long at the least, even if the caller's wait is over: the host is there, and one write
 * is all that is missing to answer with it.
 */
const SETTLE_GRACE_MS = 1_500;

type HostAnswer = Extract<FleetAnswer, { kind: 'host' }>;

/** Callers that nothing tells apart share one quota: better a common limit than none. */
const UNKNOWN_CALLER = 'unknown';

/**
 * One claim's attempt at a host. Its phases, in this order:
 *
 * 1. counted in the caller's quota, where there is one;
 * 2. recorded: its history row is open, and confirmed;
 * 3. asked: the fleet, inside the lease, until it answers or the wait ends (ask.ts); where it is dry, the mode's next one
 *    (askFleets.ts);
 * 4. settled, where there is a host, or released;
 * 5. closed in the history, and reported.
 */
export class Attempt {
  readonly #dependencies: ObtainDependencies;
  readonly #subject: AttemptSubject;
  readonly #log: AttemptLog;
  /** What the session was counted as; by an earlier attempt, where one may have started a host. */
  #charge: Charge | undefined;

  constructor(dependencies: ObtainDependencies, subject: AttemptSubject) {
    this.#dependencies = dependencies;
    this.#subject = subject;
    this.#log = new AttemptLog(dependencies, subject);
    this.#charge = subject.claim.session.charge;
  }

  /** `lost`: another attempt has taken the session over; its row says how it stands. */
  async run(): Promise<FlightEnd | 'lost'> {
    const { locations, opensInMs } = this.#subject.order;
    if (locations.length === 0 && opensInMs === undefined) {
      await this.#release('never-asked');
      throw new Problem('no-eligible-location', 'Every location is farther away than the game allows.');
    }
    if (!(await this.#count()) || !(await this.#record())) return this.#endWithoutHost(NOT_ASKED);
    if (opensInMs !== undefined) return this.#endWithoutHost(NOT_ASKED, waitingEnding(opensInMs));
    const asked = await this.#ask();
    if (asked.lease === 'lost') return this.#endLost(asked);
    return asked.answer?.kind === 'host' ? this.#settle(asked.answer, asked) : this.#endWithoutHost(asked);
  }

  /**
   * Counts the session in its caller's quota, unless it was when a host may have been started for it before. False:
   * that could not be done, and without it nothing may be started.
   *
   * @throws Problem quota-exceeded
   */
  async #count(): Promise<boolean> {
    const { quota } = this.#dependencies;
    const { caller = UNKNOWN_CALLER, limit } = this.#subject.call;
    if (quota === undefined || limit === Infinity || this.#charge !== undefined) return true;
    try {
      const result = await quota.charge(caller, limit);
      if (result.kind === 'charged') {
        this.#charge = result.charge;
        return true;
      }
      await this.#release('never-asked');
      throw quotaExceeded(result.retryAfterSeconds);
    } catch (error) {
      if (error instanceof Problem) throw error;
      this.#log.fault('charge', error);
      return quota.onStorageFault === 'allow';
    }
  }

  /** No host without a history row: it is confirmed before the fleet is asked. False: it could not be. */
  async #record(): Promise<boolean> {
    try {
      await this.#log.open();
      return true;
    } catch (error) {
      this.#log.fault('open-history', error);
      return false;
    }
  }

  async #ask(): Promise<Asked> {
    try {
      return await askFleets(this.#dependencies, this.#subject, this.#charge, this.#log);
    } catch (defect) {
      const asked: Asked = { ...NOT_ASKED, maybeStarted: true };
      await Promise.all([this.#release('maybe-started'), this.#close(asked, { outcome: 'internal' })]);
      throw defect;
    }
  }

  /** The answer is recorded, and the history closed beside it, before any caller gets it. */
  async #settle({ host, reason }: HostAnswer, asked: Asked): Promise<FlightEnd> {
    const { clock, locations } = this.#dependencies;
    const { claim, request, deadlineMs } = this.#subject;
    const { region, hostName } = host;
    const answer = { body: renderAllocation(request.sessionId, host, locations), region, hostName };
    const asOfMs = clock.monotonicMs();
    const giveUpAtMs = Math.max(deadlineMs, asOfMs + SETTLE_GRACE_MS);
    const expected: AttemptResult = { outcome: 'allocated', reason, region, hostName };
    const [settlement] = await Promise.all([
      claim.settle(answer, giveUpAtMs, this.#charge),
      this.#log.close(asked, expected),
    ]);
    if (settlement.kind === 'ended') return this.#giveHostBack(settlement.record, asked, asOfMs);
    const result = settlement.kind === 'settled' ? expected : resultOf(settlement);
    // The history row was closed while the session was still being settled: it is rewritten if settling ended otherwise.
    if (settlement.kind !== 'settled') await this.#log.close(asked, result);
    this.#log.report(asked, result);
    if (settlement.kind === 'unconfirmed') return { kind: 'no-host' };
    return { kind: 'host', record: settlement.record, own: settlement.kind === 'settled', asOfMs };
  }

  /** The session was ended while its fleet was asked. What the fleet does not confirm here, the sweep asks it again. */
  async #giveHostBack(record: EndedRecord, asked: Asked, asOfMs: number): Promise<FlightEnd> {
    const { traceparent } = this.#subject.call;
    const told = await tellFleet(this.#dependencies, record, asOfMs, traceparent);
    const reason = told.fleet === 'pending' ? 'the host is not given back yet' : undefined;
    await this.#close(asked, { outcome: 'session-ended', reason });
    return { kind: 'ended', record };
  }

  async #endLost(asked: Asked): Promise<'lost'> {
    await this.#close(asked, { outcome: asked.maybeStarted ? 'unknown' : 'pending', reason: 'taken over' });
    return 'lost';
  }

  async #endWithoutHost(asked: Asked, because?: Ending): Promise<FlightEnd> {
    const { answer } = asked;
    if (answer?.kind === 'host') throw new Error('an attempt with a host is settled');
    const ending = because ?? (answer === undefined ? this.#unaskedEnding() : endingOf(answer));
    await Promise.all([this.#release(this.#releaseEndingOf(asked)), this.#close(asked, ending)]);
    if (ending.leaderProblem !== undefined) throw ending.leaderProblem;
    return ending.end;
  }

  /** An instance that stops has not asked for want of time: another one will. */
  #unaskedEnding(): Ending {
    return this.#dependencies.stopping.cut.isTaken ? leftEnding() : unrecordedEnding();
  }

  /** An attempt that has a history row stays the session's latest, although the fleet was not asked: its row says why. */
  #releaseEndingOf({ calls, maybeStarted }: Asked): ReleaseEnding {
    if (calls === 0 && !this.#log.isOpen) return 'never-asked';
    return maybeStarted ? 'maybe-started' : 'nothing-started';
  }

  async #close(asked: Asked, result: AttemptResult): Promise<void> {
    await this.#log.close(asked, result);
    this.#log.report(asked, result);
  }

  /** A release that fails costs the next caller the rest of the lease, and nothing else. */
  async #release(ending: ReleaseEnding): Promise<void> {
    const { claim } = this.#subject;
    try {
      const keeps = ending === 'never-asked' && this.#subject.gathered?.areLeft === true;
      const released = await claim.release(keeps ? 'gathered' : ending, this.#charge);
      if (released && ending !== 'maybe-started' && !claim.session.maybeStarted) await this.#giveBack();
    } catch (error) {
      this.#log.fault('release', error);
    }
  }

  /** Only once the row has forgotten the charge: a crash in between counts the session twice, never not at all. */
  async #giveBack(): Promise<void> {
    try {
      if (this.#charge !== undefined) await this.#dependencies.quota?.giveBack(this.#charge);
    } catch (error) {
      this.#log.fault('give-back', error);
    }
  }
}

function resultOf(settlement: Exclude<Settlement, { kind: 'ended' }>): AttemptResult {
  if (settlement.kind === 'unconfirmed')
    return { outcome: 'unknown', reason: 'the answer could not be recorded' };
  const { region, hostName } = settlement.record;
  return { outcome: 'allocated', region, hostName };
}
