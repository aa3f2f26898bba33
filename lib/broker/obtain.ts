import type { Clock } from '../clock.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { Claim, Proposal } from '../ledger/sessions/ledger.ts';
import {
  type Claimable,
  type Meaning,
  meaningOf,
  type SessionIdentity,
  type SessionRecord,
  waitedMs,
} from '../ledger/sessions/session.ts';
import { Attempt } from './attempt.ts';
import type { Asking } from './call.ts';
import type { BrokerDependencies, GameMode, ObtainDependencies } from './dependencies.ts';
import { fleetOrder } from './fleetOrder.ts';
import type { FlightEnd } from './flights.ts';
import { gather } from './gather.ts';
import type { Gathering } from './gathering.ts';
import { requireSameSession } from './identity.ts';
import { lookAgainMs, sleepUnless } from './pauses.ts';

/**
 * Obtains the session's host for this instance: does what the session's row calls for, until there is a host, a
 * refusal, or the end of the caller's wait.
 *
 * The first look is the claim itself: it inserts the row, and reads what is there instead. At a session that this instance
 * knows, it is a reading.
 *
 * @param isKnown whether this instance knows that the session has a row
 * @param identify called as soon as it is known what the session was started with
 * @param gathering the callers of this instance, where the session's mode gathers them
 * @throws Problem what the caller gets instead
 * @throws StorageFault when it is not known how the session stands
 */
export async function obtain(
  dependencies: ObtainDependencies,
  asking: Asking,
  isKnown: boolean,
  identify: (identity: SessionIdentity) => void,
  gathering: Gathering | undefined,
): Promise<FlightEnd> {
  const { clock, stopping } = dependencies;
  const { request, deadlineMs } = asking;
  const mode = modeOf(dependencies, request.gameMode);
  const startedMs = clock.monotonicMs();
  const isOver = (): boolean => stopping.begun.isTaken || clock.monotonicMs() >= deadlineMs;
  let sight = isKnown ? await look(dependencies, request.sessionId) : undefined;
  for (;;) {
    const meaning = meaningNow(sight, clock);
    requireSameSession(meaning.identity, request);
    if (meaning.identity !== undefined) identify(meaning.identity);
    switch (meaning.kind) {
      case 'replay':
        return { kind: 'host', record: meaning.session, own: false, asOfMs: sight?.asOfMs ?? startedMs };
      case 'ended':
        return { kind: 'ended', record: meaning.session };
      case 'wait':
        if (isOver()) return { kind: 'no-host' };
        sight = await lookAgain(dependencies, meaning, sight, startedMs, asking, gathering);
        break;
      case 'take-over':
      case 'claim': {
        // The first look is a claim: a caller whose wait is 0 must get it. An instance that stops claims nothing.
        if (stopping.begun.isTaken) return { kind: 'no-host' };
        const result = await claimOrSee(dependencies, proposalOf(asking, mode), meaning, sight);
        sight = 'atMs' in result ? result : undefined;
        if ('atMs' in result) break;
        identify(result.session);
        const end = await attempt(dependencies, result, asking, mode, gathering);
        if (end !== 'lost') return end;
        if (isOver()) return { kind: 'no-host' };
      }
    }
  }
}

/** The row as it was read last. */
interface Sight {
  readonly record: SessionRecord;
  /** When it was known to stand so (monotonic). */
  readonly atMs: number;
  /** When reading it began: what was written before that is in it. */
  readonly asOfMs: number;
}

/** Kept clear beside a lease that is counted on this instance's own clock: it may tick faster than the holder's. */
const WATCH_MARGIN_MS = 100;

/**
 * What the row means by now. A claim that this instance has watched, unchanged, for a lease and a margin is dead, whatever
 * the whole seconds of the storage service's clock say so far; the take-over itself is conditional on the row.
 */
function meaningNow(sight: Sight | undefined, clock: Clock): Meaning {
  if (sight === undefined) return meaningOf(undefined);
  return meaningOf(sight.record, Math.max(0, sinceRead(sight, clock) - WATCH_MARGIN_MS));
}

function sinceRead(sight: Sight | undefined, clock: Clock): number {
  return sight === undefined ? 0 : clock.monotonicMs() - sight.atMs;
}

/** Of two sights of the same state of the row, the one by which its lease ends first: both are sure. */
function sightOf(record: SessionRecord, asOfMs: number, before: Sight | undefined, clock: Clock): Sight {
  const atMs = clock.monotonicMs();
  const isSame = before !== undefined && before.record.etag === record.etag;
  const isSooner = isSame && before.record.leaseLeftMs - (atMs - before.atMs) <= record.leaseLeftMs;
  return isSooner ? before : { record, atMs, asOfMs };
}

/**
 * Leaves the callers of this instance where they are gathered, pauses, then reads the row, unless its lease has run out
 * meanwhile. A look that fails says nothing.
 */
async function lookAgain(
  { ledger, clock, stopping, pace }: ObtainDependencies,
  held: { readonly session: SessionRecord; readonly leaseLeftMs: number },
  sight: Sight | undefined,
  startedMs: number,
  { request, deadlineMs }: Asking,
  gathering: Gathering | undefined,
): Promise<Sight | undefined> {
  await gathering?.see(held.session, sinceRead(sight, clock));
  const nowMs = clock.monotonicMs();
  const pauseMs = lookAgainMs({
    waitedMs: nowMs - startedMs,
    askingMs: clock.wallMs() - held.session.claimedAtMs,
    leaseLeftMs: held.leaseLeftMs,
    leastMs: pace.leastMs,
    // A party that says how many it is may be complete at any time.
    gatherLeftMs: request.partySize === undefined ? held.session.gather?.leftMs : undefined,
  });
  await stopping.begun.during(({ signal }) =>
    sleepUnless(signal, Math.min(pauseMs, deadlineMs - nowMs), clock),
  );
  if (stopping.begun.isTaken || meaningNow(sight, clock).kind !== 'wait') return sight;
  try {
    return await look({ ledger, clock }, held.session.sessionId, sight);
  } catch (error) {
    if (error instanceof StorageFault) return sight;
    throw error;
  }
}

/** @returns the claim, or how the row stands instead */
async function claimOrSee(
  { ledger, clock }: ObtainDependencies,
  proposal: Proposal,
  meaning: Claimable,
  before: Sight | undefined,
): Promise<Claim | Sight> {
  const asOfMs = clock.monotonicMs();
  const result = await ledger.claim(proposal, meaning);
  return result.kind === 'claimed' ? result.claim : sightOf(result.record, asOfMs, before, clock);
}

/** @throws StorageFault */
async function look(
  { ledger, clock }: Pick<ObtainDependencies, 'ledger' | 'clock'>,
  sessionId: string,
  before?: Sight,
): Promise<Sight | undefined> {
  const asOfMs = clock.monotonicMs();
  const record = await ledger.read(sessionId);
  return record && sightOf(record, asOfMs, before, clock);
}

async function attempt(
  dependencies: ObtainDependencies,
  claim: Claim,
  asking: Asking,
  mode: GameMode,
  gathering: Gathering | undefined,
): Promise<FlightEnd | 'lost'> {
  const { clock, pace } = dependencies;
  const gathered = gathering && (await gather(dependencies, claim, asking, gathering));
  if (gathered === 'lost') return 'lost';
  if (gathered === 'left') return { kind: 'no-host' };
  const fromMs = clock.monotonicMs();
  const players = gathered?.players ?? asking.request.players;
  const order = mode.place(players, waitedMs(claim.session));
  const subject = { ...asking, claim, order, gathered };
  const end = await new Attempt(dependencies, subject).run();
  // A host that an earlier attempt may have started is there sooner than a new one, and says nothing of the pace.
  const isNew = end !== 'lost' && end.kind === 'host' && end.own && !claim.session.maybeStarted;
  if (isNew) pace.note(clock.monotonicMs() - fromMs);
  return end;
}

function proposalOf({ request }: Asking, mode: GameMode): Proposal {
  const { sessionId, gameMode, sessionCookie: cookie } = request;
  const { fleet = mode.fleet, target: fleetTarget } = fleetOrder(mode, sessionId)[0] ?? {};
  return { sessionId, gameMode, cookie, fleet, fleetTarget, gatherMs: mode.gatherMs };
}

function modeOf({ gameModes }: BrokerDependencies, gameMode: string): GameMode {
  const mode = gameModes.get(gameMode);
  if (mode === undefined) throw new RangeError('A request was let in with an unknown game mode.');
  return mode;
}
