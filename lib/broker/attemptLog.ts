import type { AllocationRequest } from '../contract/request.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { OpenAttempt } from '../ledger/history/history.ts';
import type { Claim } from '../ledger/sessions/ledger.ts';
import { type Placement, explain, preferenceRank, summariseHints } from '../placement/placement.ts';
import type { Asked } from './ask.ts';
import type { AllocationCall, BrokerParts } from './parts.ts';

/** What an attempt came to. */
export interface AttemptResult {
  readonly outcome: string;
  /** What an operator should look at. */
  readonly reason?: string | undefined;
  readonly region?: string | undefined;
  readonly hostName?: string | undefined;
}

/** Who asked for what, and where it was to be placed. */
export interface AttemptSubject {
  readonly claim: Claim;
  readonly request: AllocationRequest;
  readonly call: AllocationCall;
  readonly placement: Placement;
}

/** What is kept of one attempt: its history row, and the event in the log. */
export class AttemptLog {
  readonly #parts: BrokerParts;
  readonly #subject: AttemptSubject;
  readonly #startedMs: number;
  #entry: OpenAttempt | undefined;

  constructor(parts: BrokerParts, subject: AttemptSubject) {
    this.#parts = parts;
    this.#subject = subject;
    this.#startedMs = parts.clock.monotonicMs();
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
    const { claim, request, call, placement } = this.#subject;
    this.#entry = await this.#parts.history.open({
      key: claim.history,
      previous: claim.previousHistory,
      sessionId: claim.sessionId,
      attemptId: claim.attemptId,
      generation: claim.generation,
      gameMode: request.gameMode,
      fleet: claim.fleet,
      claimedAtMs: claim.claimedAtMs,
      locations: placement.locations,
      placement: JSON.stringify(explain(placement)),
      hints: JSON.stringify(summariseHints(request.players)),
      cookieHash: claim.cookieSeal.hash,
      invocationId: call.invocationId,
    });
  }

  /** Closes the row, or rewrites it when the attempt came out otherwise. A row that stays open is the sweep's to close. */
  async close(asked: Asked, result: AttemptResult): Promise<void> {
    try {
      await this.#entry?.close({
        outcome: result.outcome,
        closedAtMs: this.#parts.clock.wallMs(),
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

  /** Tells the operators how the attempt ended. */
  tell(asked: Asked, result: AttemptResult): void {
    const { claim, request, call } = this.#subject;
    call.emit(levelOf(result.outcome), {
      event: 'allocation.attempt',
      outcome: result.outcome,
      sessionId: claim.sessionId,
      attemptId: claim.attemptId,
      gameMode: request.gameMode,
      fleet: claim.fleet,
      generation: claim.generation,
      takeover: claim.previousHistory !== undefined,
      region: result.region,
      preferenceRank: this.#rank(result),
      fleetCalls: asked.calls,
      fleetMs: asked.fleetMs,
      totalMs: Math.round(this.#parts.clock.monotonicMs() - this.#startedMs),
      upstreamStatus: asked.upstreamStatus,
      reason: result.reason,
    });
  }

  /** A step of the ledger that failed and that the protocol makes good. @throws what is not a storage fault */
  fault(step: string, error: unknown): void {
    if (!(error instanceof StorageFault)) throw error;
    const { claim, call } = this.#subject;
    call.emit('warn', { event: 'ledger.fault', step, sessionId: claim.sessionId, reason: error.message });
  }

  #rank({ region }: AttemptResult): number | undefined {
    return region === undefined ? undefined : preferenceRank(region, this.#subject.placement.locations);
  }
}

function levelOf(outcome: string): 'info' | 'warn' | 'error' {
  if (outcome === 'allocated' || outcome === 'pending') return 'info';
  return outcome === 'upstream-rejected' || outcome === 'internal' ? 'error' : 'warn';
}
