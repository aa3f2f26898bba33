import type { Charge } from '../ledger/quota/quota.ts';
import type { AllocationRequest } from '../contract/request.ts';
import { askFleet, type Asked } from './ask.ts';
import type { AttemptLog, AttemptSubject } from './attemptLog.ts';
import type { FleetChoice, ObtainDependencies } from './dependencies.ts';
import { fleetOrder } from './fleetOrder.ts';

export const NOT_ASKED: Asked = { calls: 0, fleetMs: 0, maybeStarted: false, lease: 'held', fleets: [] };

/**
 * Asks the session's fleet, and the mode's other ones after it for as long as each says that no host is free: then, and
 * only then, there is certainly none of the session's there. Before another fleet is asked, the session's row says so.
 *
 * A session that may have a host at its fleet stays with it, whatever that answers.
 */
export async function askFleets(
  dependencies: ObtainDependencies,
  subject: AttemptSubject,
  charge: Charge | undefined,
  log: AttemptLog,
): Promise<Asked> {
  const { claim } = subject;
  let asked = await askOne(dependencies, subject, charge);
  for (const next of othersFor(dependencies, subject)) {
    if (!isDry(asked) || dependencies.stopping.begun.isTaken) break;
    const moved = await claim
      .moveTo({ fleet: next.fleet, fleetTarget: next.target }, charge)
      .catch((error: unknown) => {
        log.fault('move', error);
        return 'fault' as const;
      });
    if (moved !== true) return { ...asked, lease: moved === false ? 'lost' : 'held' };
    asked = sum(asked, await askOne(dependencies, subject, charge, asked.calls));
  }
  return asked;
}

/** The fleets after the one that the session begins at, where it may go to another one at all. */
function othersFor(
  { gameModes }: ObtainDependencies,
  { claim, request }: AttemptSubject,
): readonly FleetChoice[] {
  const mode = gameModes.get(request.gameMode);
  if (mode?.choices === undefined || claim.session.maybeStarted) return [];
  return fleetOrder(mode, request.sessionId).slice(1);
}

/** Whether it is certain that the fleet has started nothing, and will not. */
function isDry({ answer, maybeStarted, lease }: Asked): boolean {
  return answer?.kind === 'no-capacity' && !maybeStarted && lease === 'held';
}

function sum(before: Asked, last: Asked): Asked {
  return {
    ...last,
    calls: before.calls + last.calls,
    fleetMs: before.fleetMs + last.fleetMs,
    fleets: [...before.fleets, ...last.fleets],
  };
}

/** The fleet that the session's row names, for what the row says. */
function askOne(
  dependencies: ObtainDependencies,
  subject: AttemptSubject,
  charge: Charge | undefined,
  callsBefore = 0,
): Promise<Asked> {
  const { fleets, gameModes, clock, fleetTimeoutMs, stopping } = dependencies;
  const { claim, request, call, order, deadlineMs, gathered } = subject;
  const { sessionId, gameMode, fleet: name, cookie: sessionCookie } = claim.session;
  const fleet = fleets.get(name);
  // Rows of versions that knew one fleet only say nothing of it: then what the settings say now.
  const target = claim.session.fleetTarget ?? gameModes.get(gameMode)?.targets.get(name);
  if (fleet === undefined || target === undefined) {
    return Promise.resolve({ ...NOT_ASKED, answer: { kind: 'rejected', reason: settingsGone(name) } });
  }
  const { locations } = order;
  // One of several callers brings no whole party, whoever it names.
  const playerIds = (gathered?.callers ?? 1) > 1 ? undefined : wholeParty(request);
  return askFleet(
    claim,
    { sessionId, target, locations, sessionCookie, playerIds },
    { ...call, name, fleet, clock, fleetTimeoutMs, deadlineMs, charge, callsBefore, stopping },
  );
}

function settingsGone(fleet: string): string {
  return (
    `The session was first asked of ${fleet} and may have a host there, but settings of ${fleet} are gone: put all of ` +
    'them back, and take them away when none of its sessions is pending.'
  );
}

/** A game server may admit only the players whose ids it was given: half a party is worse than none. */
function wholeParty({ players }: AllocationRequest): readonly string[] | undefined {
  const ids = players.flatMap(({ playerId }) => playerId ?? []);
  return ids.length > 0 && ids.length === players.length ? ids : undefined;
}
