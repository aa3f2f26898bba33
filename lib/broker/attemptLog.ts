import { type EndedOutcome, isFailure } from '../contract/outcomes.ts';
import type { LedgerStep } from '../events.ts';
import type { AttemptClosing, OpenAttempt } from '../ledger/history/history.ts';
import type { Claim } from '../ledger/sessions/ledger.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import { preferenceRank } from '../placement/names.ts';
import type { LocationOrder } from '../placement/types.ts';
import type { Asked } from './ask.ts';
import type { Asking } from './call.ts';
import type { BrokerDependencies } from './dependencies.ts';
import type { Gathered } from './gather.ts';

/** What an attempt came to. */
export interface AttemptResult {
  readonly outcome: EndedOutcome;
  /** What an operator should look at. */
  readonly reason?: string | undefined;
  readonly region?: string | undefined;
  readonly hostName?: string | undefined;
}

/** Who asked for what, and where it is to be placed. */
export interface AttemptSubject extends Asking {
  readonly claim: Claim;
  readonly order: LocationOrder;
  /** Whose measurements gave that order, where the session's mode gathers its callers. */
  readonly gathered?: Gathered | undefined;
}

/** What is kept of one attempt: its history row, and the event in the log. */
export class AttemptLog {
  readonly #dependencies: BrokerDependencies;
  readonly #subject: AttemptSubject;
  readonly #startedMs: number;
  #entry: OpenAttempt | undefined;

  constructor(dependencies: BrokerDependencies, subject: AttemptSubject) {
    this.#dependencies = dependencies;
    this.#subject = subject;
    this.#startedMs = dependencies.clock.monotonicMs();
  }

  /** Whether the attempt has its history row. */
  get isOpen(): boolean {
    return this.#entry !== undefined;
  }

  /**
   * Opens the history row.
   *
   * @throws StorageFault when it is not confirmed: then the fleet may not be asked
   */
  async open(): Promise<void> {
    const { claim, call, order, gathered } = this.#subject;
    const { sessionId, attemptId, generation, gameMode, fleet, claimedAtMs, history, cookieSeal } =
      claim.session;
    const { ignored: names } = order;
    if (names) call.emit('warn', { event: 'hints.ignored', sessionId, attemptId, gameMode, names });
    this.#entry = await this.#dependencies.history.open({
      key: history,
      previous: claim.previousHistory,
      sessionId,
      attemptId,
      generation,
      gameMode,
      fleet,
      claimedAtMs,
      locations: order.locations,
      placement: order.placement,
      hints: order.hints,
      callersHeard: gathered?.callers,
      instancesHeard: gathered?.instances,
      cookieHash: cookieSeal.hash,
      invocationId: call.invocationId,
    });
  }

  /** Closes the row, or rewrites it if the attempt ended otherwise. The sweep closes a row that stays open. */
  async close(asked: Asked, result: AttemptResult): Promise<void> {
    try {
      await this.#entry?.close({
        outcome: result.outcome,
        closedAtMs: this.#dependencies.clock.wallMs(),
        ...fleetsOf(asked),
        fleetCalls: asked.calls,
        fleetMs: asked.fleetMs,
        upstreamStatus: asked.upstreamStatus,
        reason: result.reason,
        region: result.region,
        hostName: result.hostName,
        preferenceRank: this.#rank(result),
      });
    } catch (error) {
      this.fault('close-history', error);
    }
  }

  /** Reports to the operators how the attempt ended. */
  report(asked: Asked, result: AttemptResult): void {
    const { claim, call } = this.#subject;
    const { sessionId, attemptId, gameMode, fleet, generation } = claim.session;
    call.emit(levelOf(result.outcome), {
      event: 'allocation.attempt',
      outcome: result.outcome,
      sessionId,
      attemptId,
      gameMode,
      fleet,
      generation,
      takeover: claim.previousHistory !== undefined,
      overflow: asked.fleets.length > 1,
      region: result.region,
      preferenceRank: this.#rank(result),
      fleetCalls: asked.calls,
      fleetMs: asked.fleetMs,
      totalMs: Math.round(this.#dependencies.clock.monotonicMs() - this.#startedMs),
      upstreamStatus: asked.upstreamStatus,
      reason: result.reason,
    });
  }

  /** A step of the ledger that failed and that the protocol makes good. @throws what is not a storage fault */
  fault(step: LedgerStep, error: unknown): void {
    if (!(error instanceof StorageFault)) throw error;
    const { request, call } = this.#subject;
    call.emit('warn', { event: 'ledger.fault', step, sessionId: request.sessionId, reason: error.message });
  }

  #rank({ region }: AttemptResult): number | undefined {
    return region === undefined ? undefined : preferenceRank(region, this.#subject.order.locations);
  }
}

/** Where one fleet was asked, its row has named it since it was opened. */
function fleetsOf({ fleets }: Asked): Pick<AttemptClosing, 'fleet' | 'fleetsAsked'> {
  return fleets.length > 1 ? { fleet: fleets.at(-1), fleetsAsked: fleets.join(' ') } : {};
}

function levelOf(outcome: EndedOutcome): 'info' | 'warn' | 'error' {
  if (!isFailure(outcome)) return 'info';
  return outcome === 'upstream-rejected' || outcome === 'internal' ? 'error' : 'warn';
}
