import { StorageFault } from '../ledger/storageFault.ts';
import type { Claim, Proposal } from '../ledger/sessions/ledger.ts';
import { meaningOf, type SessionIdentity, type SessionRecord } from '../ledger/sessions/session.ts';
import { Attempt } from './attempt.ts';
import type { Asking } from './call.ts';
import type { BrokerDependencies, GameMode } from './dependencies.ts';
import type { FlightEnd } from './flights.ts';
import { requireSameSession } from './identity.ts';
import { lookAgainMs } from './pauses.ts';

/**
 * Obtains the session's host for this instance: does what the session's row calls for, until there is a host, a
 * refusal, or the end of the caller's wait.
 *
 * The first look is the claim itself: it inserts the row, and reads what is there instead.
 *
 * @param identify called as soon as it is known what the session was started with
 * @throws Problem what the caller gets instead
 * @throws StorageFault when it is not known how the session stands
 */
export async function obtain(
  dependencies: BrokerDependencies,
  asking: Asking,
  identify: (identity: SessionIdentity) => void,
): Promise<FlightEnd> {
  const { clock, ledger } = dependencies;
  const { request, deadlineMs } = asking;
  const mode = modeOf(dependencies, request.gameMode);
  const startedMs = clock.monotonicMs();
  const waitIsOver = (): boolean => clock.monotonicMs() >= deadlineMs;
  let seen: SessionRecord | undefined;
  for (;;) {
    const meaning = meaningOf(seen);
    requireSameSession(meaning.identity, request);
    if (meaning.identity !== undefined) identify(meaning.identity);
    switch (meaning.kind) {
      case 'replay':
        return { kind: 'host', record: meaning.session, own: false };
      case 'wait':
        if (waitIsOver()) return { kind: 'no-host' };
        seen = await lookAgain(dependencies, meaning, startedMs, deadlineMs);
        break;
      case 'take-over':
      case 'claim': {
        const result = await ledger.claim(proposalOf(asking, mode), seen);
        if (result.kind === 'seen') {
          seen = result.record;
          break;
        }
        const { gameMode, cookieSeal } = result.claim.session;
        identify({ gameMode, cookieSeal });
        const end = await attempt(dependencies, result.claim, asking, mode);
        if (end !== 'lost') return end;
        if (waitIsOver()) return { kind: 'no-host' };
        seen = undefined;
      }
    }
  }
}

/** Pauses, then reads the row. A look that fails says nothing: the session is held as far as is known. */
async function lookAgain(
  { ledger, clock }: BrokerDependencies,
  held: { readonly session: SessionRecord; readonly leaseLeftMs: number },
  startedMs: number,
  deadlineMs: number,
): Promise<SessionRecord | undefined> {
  const nowMs = clock.monotonicMs();
  await clock.sleep(Math.min(lookAgainMs(nowMs - startedMs, held.leaseLeftMs), deadlineMs - nowMs));
  return ledger.read(held.session.sessionId).catch((error: unknown) => {
    if (error instanceof StorageFault) return held.session;
    throw error;
  });
}

function attempt(
  dependencies: BrokerDependencies,
  claim: Claim,
  asking: Asking,
  mode: GameMode,
): Promise<FlightEnd | 'lost'> {
  const subject = { ...asking, claim, order: mode.place(asking.request.players) };
  return new Attempt(dependencies, subject).run();
}

function proposalOf({ request }: Asking, { fleet, targets }: GameMode): Proposal {
  const { sessionId, gameMode, sessionCookie: cookie } = request;
  return { sessionId, gameMode, cookie, fleet, fleetTarget: targets.get(fleet) };
}

function modeOf({ gameModes }: BrokerDependencies, gameMode: string): GameMode {
  const mode = gameModes.get(gameMode);
  if (mode === undefined) throw new RangeError('A request was let in with an unknown game mode.');
  return mode;
}
