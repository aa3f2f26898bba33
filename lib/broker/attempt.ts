import { Problem } from '../contract/problem.ts';
import { renderAllocation } from '../contract/render.ts';
import type { AllocationRequest } from '../contract/request.ts';
import type { FleetHost } from '../fleets/fleet.ts';
import type { ReleaseEnding, Settlement } from '../ledger/sessions/ledger.ts';
import { type Asked, askFleet } from './ask.ts';
import { type AttemptResult, type AttemptSubject, AttemptLog } from './attemptLog.ts';
import { endingOf, quotaExceeded, unrecordedEnding } from './ending.ts';
import type { FlightEnd } from './flights.ts';
import { type BrokerParts, UNKNOWN_CALLER } from './parts.ts';

/**
 * Settling goes on for this long at the least, even if the caller's wait is over: the host is there, and one write
 * is all that is missing to answer with it.
 */
const SETTLE_GRACE_MS = 1_500;

const NOT_ASKED: Asked = { calls: 0, fleetMs: 0, maybeStarted: false, lease: 'held' };

/** One claim's attempt at a host: opened in the history, asked, then settled or released, and closed in the history. */
export class Attempt {
  readonly #parts: BrokerParts;
  readonly #subject: AttemptSubject;
  readonly #deadlineMs: number;
  readonly #log: AttemptLog;

  /** @param deadlineMs the end of the caller's wait (monotonic) */
  constructor(parts: BrokerParts, subject: AttemptSubject, deadlineMs: number) {
    this.#parts = parts;
    this.#subject = subject;
    this.#deadlineMs = deadlineMs;
    this.#log = new AttemptLog(parts, subject);
  }

  /** `lost`: another attempt has taken the session over; its row says how it stands. */
  async run(): Promise<FlightEnd | 'lost'> {
    if (this.#subject.placement.locations.length === 0) {
      await this.#release('never-asked');
      throw new Problem('no-eligible-location', 'Every location is farther away than the game allows.');
    }
    if (!(await this.#isCounted())) return this.#withoutHost(NOT_ASKED);
    try {
      // No host without a history row: it is confirmed before the fleet is asked.
      await this.#log.open();
    } catch (error) {
      this.#log.fault('open-history', error);
      return this.#withoutHost(NOT_ASKED);
    }
    return this.#conclude(await this.#ask());
  }

  /**
   * Counts the session in its caller's quota, unless it was when a host may have been started for it before. False:
   * that could not be done, and without it nothing may be started.
   *
   * @throws Problem quota-exceeded
   */
  async #isCounted(): Promise<boolean> {
    const { quota } = this.#parts;
    const { claim, call } = this.#subject;
    if (quota === undefined || claim.charge !== undefined) return true;
    try {
      const result = await quota.charge(call.caller ?? UNKNOWN_CALLER);
      if (result.kind === 'charged') {
        claim.charge = result.charge;
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

  async #ask(): Promise<Asked> {
    const { fleets, gameModes, clock, fleetTimeoutMs } = this.#parts;
    const { claim, request, call, placement } = this.#subject;
    const fleet = fleets.get(claim.fleet);
    const target = claim.fleetTarget ?? gameModes.get(request.gameMode)?.targets.get(claim.fleet);
    if (fleet === undefined || target === undefined) {
      return { ...NOT_ASKED, answer: { kind: 'rejected', reason: settingsGone(claim.fleet) } };
    }
    try {
      return await askFleet(
        claim,
        {
          sessionId: claim.sessionId,
          target,
          locations: placement.locations,
          sessionCookie: claim.cookie,
          playerIds: wholeParty(request),
        },
        { ...call, fleet, clock, fleetTimeoutMs, deadlineMs: this.#deadlineMs },
      );
    } catch (defect) {
      const asked: Asked = { ...NOT_ASKED, maybeStarted: true };
      await Promise.all([this.#release('maybe-started'), this.#report(asked, { outcome: 'internal' })]);
      throw defect;
    }
  }

  async #conclude(asked: Asked): Promise<FlightEnd | 'lost'> {
    if (asked.lease === 'lost') {
      await this.#report(asked, {
        outcome: asked.maybeStarted ? 'unknown' : 'pending',
        reason: 'taken over',
      });
      return 'lost';
    }
    return asked.answer?.kind === 'host' ? this.#settle(asked.answer.host, asked) : this.#withoutHost(asked);
  }

  async #withoutHost(asked: Asked): Promise<FlightEnd> {
    const { answer } = asked;
    if (answer?.kind === 'host') throw new Error('an attempt with a host is settled');
    const ending = answer === undefined ? unrecordedEnding() : endingOf(answer);
    await Promise.all([this.#release(this.#endingOf(asked)), this.#report(asked, ending)]);
    if (ending.leaderProblem !== undefined) throw ending.leaderProblem;
    return ending.end;
  }

  /** The answer is recorded, and the history closed beside it, before anybody is told. */
  async #settle(host: FleetHost, asked: Asked): Promise<FlightEnd> {
    const { clock, locations } = this.#parts;
    const { claim } = this.#subject;
    const answer = {
      body: renderAllocation(
        claim.sessionId,
        host,
        locations.map(({ name }) => name),
      ),
      region: host.region,
      hostName: host.hostName,
    };
    const giveUpAtMs = Math.max(this.#deadlineMs, clock.monotonicMs() + SETTLE_GRACE_MS);
    const expected = { outcome: 'allocated', region: host.region, hostName: host.hostName };
    const [settlement] = await Promise.all([
      claim.settle(answer, giveUpAtMs),
      this.#log.close(asked, expected),
    ]);
    const result = resultOf(settlement);
    // The row was closed while it was still being settled: it is told again if that came out otherwise.
    if (settlement.kind !== 'settled') await this.#log.close(asked, result);
    this.#log.tell(asked, result);
    if (settlement.kind === 'unconfirmed') return { kind: 'no-host' };
    return { kind: 'host', record: settlement.record, own: settlement.kind === 'settled' };
  }

  async #report(asked: Asked, result: AttemptResult): Promise<void> {
    await this.#log.close(asked, result);
    this.#log.tell(asked, result);
  }

  /** An attempt that has a history row stays the session's latest, although the fleet was not asked: its row says why. */
  #endingOf({ calls, maybeStarted }: Asked): ReleaseEnding {
    if (calls === 0 && !this.#log.isOpen) return 'never-asked';
    return maybeStarted ? 'maybe-started' : 'nothing-started';
  }

  /** A release that fails costs the next caller the rest of the lease, and nothing else. */
  async #release(ending: ReleaseEnding): Promise<void> {
    const { claim } = this.#subject;
    try {
      const released = await claim.release(ending);
      if (released && ending !== 'maybe-started' && !claim.maybeStarted) await this.#giveBack();
    } catch (error) {
      this.#log.fault('release', error);
    }
  }

  /** Only once the row has forgotten the charge: a crash in between counts the session twice, never not at all. */
  async #giveBack(): Promise<void> {
    const { charge } = this.#subject.claim;
    try {
      if (charge !== undefined) await this.#parts.quota?.giveBack(charge);
    } catch (error) {
      this.#log.fault('give-back', error);
    }
  }
}

function settingsGone(fleet: string): string {
  return (
    `The session was first asked of ${fleet} and may have a host there, but settings of ${fleet} are gone: put all of ` +
    'them back, and take them away when none of its sessions is pending.'
  );
}

/** A game server may admit the players that it was told of, and no others: half a party is worse than none. */
function wholeParty({ players }: AllocationRequest): readonly string[] | undefined {
  const ids = players.flatMap(({ playerId }) => playerId ?? []);
  return ids.length > 0 && ids.length === players.length ? ids : undefined;
}

function resultOf(settlement: Settlement): AttemptResult {
  if (settlement.kind === 'unconfirmed')
    return { outcome: 'unknown', reason: 'the answer could not be recorded' };
  const { region, hostName } = settlement.record;
  return { outcome: 'allocated', region, hostName };
}
