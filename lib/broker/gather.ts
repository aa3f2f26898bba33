import { LIMITS } from '../contract/limits.ts';
import type { EventSink } from '../events.ts';
import type { HeardCaller, Hints } from '../ledger/sessions/hints.ts';
import type { Claim } from '../ledger/sessions/ledger.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { PlayerHints } from '../placement/types.ts';
import type { Asking } from './call.ts';
import type { ObtainDependencies } from './dependencies.ts';
import type { Gathering } from './gathering.ts';
import { Lease } from './lease.ts';
import { sleepUnless, within } from './pauses.ts';

/** Whom the window has heard. */
export interface Gathered {
  /** Of all callers, in an order that does not depend on who came first. */
  readonly players: readonly PlayerHints[];
  readonly callers: number;
  /** How many instances they reached. */
  readonly instances: number;
  /** Whether one of them is a row, which must not outlive the session's. */
  readonly areLeft: boolean;
}

/**
 * Where callers say how many they are, the holder looks for them: after this long, and then each time after twice as
 * long. Without that number, looking would end no window sooner.
 */
const FIRST_LOOK_MS = 100;

/** The first failure may be a blip; after the second, the host is worth more than the fairest place. */
const READ_TRIES = 2;

/**
 * Gathers the callers of a session that this instance has claimed: keeps the window open inside the lease, closes it in the
 * session's row, and then reads what callers have left at other instances.
 *
 *     claim, window open       renewal                        window closed      read    ask the fleet
 *     ├────────────────────────┼──────────────────────────────┤ no row is left   │       │
 *     callers here: heard      callers elsewhere: a row each  │ any more: late   │       │
 *
 * The end of the window is as the first claim has set it. Whoever takes over goes on to that end; by then it has mostly
 * passed, so that the rows are read at once.
 *
 * `left`: this instance stops, or its caller's wait is over, before the window is: the next one goes on.
 *
 * @throws StorageFault when it is not known whose the session is
 */
export async function gather(
  dependencies: ObtainDependencies,
  claim: Claim,
  asking: Asking,
  gathering: Gathering,
): Promise<Gathered | 'lost' | 'left'> {
  const { session } = claim;
  const { hints } = gathering;
  if (session.gather?.isOpen === true) {
    gathering.begin();
    const window = new Window(dependencies, claim, asking, gathering, hints);
    const lease = new Lease(claim, session.charge, dependencies.clock);
    const cut = new AbortController();
    const { result, lease: state } = await lease.during(cut, () => window.pass(cut.signal));
    if (state === 'lost') return 'lost';
    if (result === 'left') {
      await gathering.leave(session);
      await release(claim, asking.call.emit);
      return 'left';
    }
    if (!(await claim.closeWindow())) return 'lost';
  }
  gathering.end();
  const { callers } = gathering;
  // Even where as many are here as the party has: somebody may have been counted twice, and somebody else be a row.
  const left = await readLeft(hints, claim, asking.call.emit);
  return gathered([...callers, ...left], left.length > 0);
}

/** A release that fails costs the next caller the rest of the lease, and nothing else. */
async function release(claim: Claim, emit: EventSink): Promise<void> {
  try {
    await claim.release('gathered', claim.session.charge);
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    const { sessionId } = claim.session;
    emit('warn', { event: 'ledger.fault', step: 'release', sessionId, reason: error.message });
  }
}

/** One window that this instance holds open. */
class Window {
  readonly #dependencies: ObtainDependencies;
  readonly #claim: Claim;
  readonly #asking: Asking;
  readonly #gathering: Gathering;
  readonly #hints: Hints;
  #left: readonly HeardCaller[] = [];

  constructor(
    dependencies: ObtainDependencies,
    claim: Claim,
    asking: Asking,
    gathering: Gathering,
    hints: Hints,
  ) {
    this.#dependencies = dependencies;
    this.#claim = claim;
    this.#asking = asking;
    this.#gathering = gathering;
    this.#hints = hints;
  }

  /** Until the window's time is up, everybody is there, or the lease is cut. */
  async pass(cut: AbortSignal): Promise<'over' | 'left'> {
    const { clock, stopping } = this.#dependencies;
    let lookEveryMs = FIRST_LOOK_MS;
    let lookAtMs = clock.monotonicMs() + lookEveryMs;
    for (;;) {
      if (cut.aborted || isComplete([...this.#gathering.callers, ...this.#left])) return 'over';
      const nowMs = clock.monotonicMs();
      const leftMs = this.#claim.gatherLeftMs();
      if (leftMs <= 0) return 'over';
      if (stopping.begun.isTaken || nowMs >= this.#asking.deadlineMs) return 'left';
      const looks = partySizeOf(this.#gathering.callers) !== undefined;
      if (looks && nowMs >= lookAtMs) {
        await this.#look();
        lookEveryMs *= 2;
        lookAtMs = clock.monotonicMs() + lookEveryMs;
        continue;
      }
      const untilLookMs = looks ? lookAtMs - nowMs : Infinity;
      await this.#pause(Math.min(leftMs, this.#asking.deadlineMs - nowMs, untilLookMs), cut);
    }
  }

  /** A look that fails says nothing, and one that hangs does not keep the window open. */
  async #look(): Promise<void> {
    const { clock } = this.#dependencies;
    const untilMs = clock.monotonicMs() + this.#claim.gatherLeftMs();
    try {
      const left = await within(this.#hints.read(this.#claim.session), untilMs, clock);
      if (left !== 'too-late') this.#left = left;
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
    }
  }

  /** Ends sooner when somebody is heard, the lease is cut, or this instance stops. */
  async #pause(ms: number, cut: AbortSignal): Promise<void> {
    const { clock, stopping } = this.#dependencies;
    await stopping.begun.during(async (wake) => {
      const onCut = (): void => wake.abort();
      cut.addEventListener('abort', onCut);
      const unlisten = this.#gathering.onHeard(onCut);
      await sleepUnless(wake.signal, ms, clock);
      unlisten();
      cut.removeEventListener('abort', onCut);
    });
  }
}

async function readLeft(hints: Hints, { session }: Claim, emit: EventSink): Promise<readonly HeardCaller[]> {
  for (let tries = 0; tries < READ_TRIES; tries += 1) {
    try {
      return await hints.read(session);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      const { sessionId } = session;
      emit('warn', { event: 'ledger.fault', step: 'read-hints', sessionId, reason: error.message });
    }
  }
  return [];
}

/** Whether as many players are there as the callers say there will be. */
function isComplete(callers: readonly HeardCaller[]): boolean {
  const partySize = partySizeOf(callers);
  if (partySize === undefined) return false;
  const players = [...byKey(callers).values()].map((caller) => Math.max(1, caller.players.length));
  return players.reduce((sum, count) => sum + count, 0) >= partySize;
}

/** The greatest that a caller names: a player who misses one is worse than a window that is waited for. */
function partySizeOf(callers: readonly HeardCaller[]): number | undefined {
  const sizes = callers.flatMap(({ partySize }) => partySize ?? []);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** A caller that was heard in two instances counts once. */
function byKey(callers: readonly HeardCaller[]): ReadonlyMap<string, HeardCaller> {
  return new Map(callers.toReversed().map((caller) => [caller.key, caller]));
}

function gathered(callers: readonly HeardCaller[], areLeft: boolean): Gathered {
  const heard = [...byKey(callers)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, caller]) => caller);
  return {
    players: heard.flatMap(({ players }) => players).slice(0, LIMITS.players),
    callers: heard.length,
    instances: new Set(heard.map(({ instance }) => instance)).size,
    areLeft,
  };
}
