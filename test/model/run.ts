import { EXPIRY_MARGIN_MS } from '../../lib/ledger/sessions/session.ts';
import { SESSION_ROW_KEY, toRecord } from '../../lib/ledger/sessions/sessionRow.ts';
import { removeHints } from '../../lib/ledger/sessions/tableHints.ts';
import { isForgettable } from '../../lib/ledger/upkeep/pruneSessions.ts';
import { MemoryScan } from '../support/memoryScan.ts';
import { type Answered, type CallerPlan, Callers, type EnderPlan, type InstancePlan } from './callers.ts';
import { SESSION_TTL_MS } from './instance.ts';
import { ModelFleet } from './modelFleet.ts';
import { ModelTable } from './modelTable.ts';
import type { Shared } from './observer.ts';
import { Sweeper } from './sweeper.ts';
import { World } from './world.ts';

export const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';

export interface Plan {
  readonly callers: readonly CallerPlan[];
  readonly instances: readonly InstancePlan[];
  /** What decides the order in which things happen, and what goes wrong. */
  readonly choices: readonly number[];
  readonly ending: EndingPlan | undefined;
  /** Who asks again when the session has expired, and may have been forgotten. */
  readonly afterExpiry:
    { readonly callers: readonly CallerPlan[]; readonly choices: readonly number[] } | undefined;
}

/** The session is ended, at any point of its allocation. */
export interface EndingPlan {
  readonly enders: readonly EnderPlan[];
  /** Sweeps that begin while all that goes on. */
  readonly sweepsAfterMs: readonly number[];
  /** Who asks for the session later, or once more. */
  readonly callers: readonly CallerPlan[];
}

export interface Outcome extends Shared {
  readonly answered: readonly Answered[];
  readonly told: readonly string[];
}

/** How often a caller repeats what may be repeated; the last caller, when nothing fails any more, always gets there. */
const TRIES = 6;
const LAST_CALLER: CallerPlan = { instance: 0, cookie: undefined, waitMs: 15_000, startsAfterMs: 0 };
const LAST_TRIES = 12;

/** When the sweep may believe a fleet, and when it gives an ending up, with the whole seconds that clocks may hide. */
const CALLS_OVER_MS = 62_000;
const FROZEN_MS = 2 * 3_600_000 + 2_000;

/** More than the whole seconds of the storage service's clock can hide. */
const EXPIRED_MS = SESSION_TTL_MS + EXPIRY_MARGIN_MS + 2_000;

/**
 * Runs a plan to its end; then, with nothing failing any more, one last caller asks for the session, and everything that
 * is still under way comes to its end.
 */
export async function run(plan: Plan, reached: (state: string) => void): Promise<Outcome> {
  const world = new World(plan.choices);
  const fleet = new ModelFleet(world);
  const shared: Shared = {
    sessionId: SESSION,
    world,
    sessions: new ModelTable(world, 'sessions', (row) => fleet.recorded(row)),
    history: new ModelTable(world, 'history'),
    fleet,
    violations: [],
    placed: [],
    answers: [],
    reached,
  };
  const callers = new Callers(shared, plan.instances);
  await world.until(
    Promise.all([callAll(callers, plan.callers, 'caller'), endIt(shared, callers, plan.ending)]),
  );
  if (plan.afterExpiry !== undefined) {
    await expire(shared, plan.afterExpiry.choices);
    callers.replaceFrozen();
    await world.until(callAll(callers, plan.afterExpiry.callers, 'later caller'));
  }
  world.calm();
  await world.until(callers.call('last caller', LAST_CALLER, LAST_TRIES));
  await world.drain();
  if (plan.ending !== undefined) await sweepAll(shared);
  return { ...shared, answered: callers.answered, told: callers.told };
}

async function callAll(callers: Callers, plans: readonly CallerPlan[], name: string): Promise<void> {
  await Promise.all(plans.map((plan, at) => callers.call(`${name} ${at + 1}`, plan, TRIES)));
}

async function endIt(shared: Shared, callers: Callers, plan: EndingPlan | undefined): Promise<void> {
  if (plan === undefined) return;
  const { world } = shared;
  const sweeps = plan.sweepsAfterMs.map(async (afterMs, at) => {
    const begins = Promise.withResolvers<undefined>();
    world.after(afterMs, undefined, () => begins.resolve(undefined));
    await begins.promise;
    await new Sweeper(`sweep ${at + 1}`, shared).run();
  });
  const enders = plan.enders.map((ender, at) => callers.end(`ender ${at + 1}`, ender));
  await Promise.all([...sweeps, ...enders, callAll(callers, plan.callers, 'returning caller')]);
}

/**
 * Sweeps until no row of the history is open: once no call can be in flight any more, and again when no process can be
 * about to end the session.
 */
async function sweepAll(shared: Shared): Promise<void> {
  const { world, history } = shared;
  for (const afterMs of [CALLS_OVER_MS, FROZEN_MS]) {
    if (![...history.rows.rows.values()].some(({ row }) => row['outcome'] === 'open')) return;
    world.sleepOver(afterMs, []);
    await world.until(new Sweeper(`last sweep, after ${afterMs / 1_000} s`, shared).run());
    await world.drain();
  }
}

/** The session expires, while processes may stand still with its calls and answers in their hands; it may be forgotten. */
async function expire(
  { world, sessions, fleet, reached }: Shared,
  choices: readonly number[],
): Promise<void> {
  await world.drain();
  world.sleepOver(EXPIRED_MS, choices);
  const stored = await sessions.rows.read(SESSION, SESSION_ROW_KEY);
  if (stored === undefined) return;
  const record = toRecord(stored);
  // The host of a session that was allocated is gone by now, and that of one whose fleet has confirmed its end; one that was
  // never recorded is still the session's.
  const isOver = record.state === 'allocated' || (record.state === 'ended' && record.endFleet !== undefined);
  if (isOver) fleet.forget();
  if (!isForgettable(record) || world.pick(4) === 3) return;
  world.soon(undefined, () => void prune());

  async function prune(): Promise<void> {
    await removeHints(new MemoryScan(sessions.rows), record);
    const { ok } = await sessions.rows.remove(SESSION, SESSION_ROW_KEY, record.etag);
    world.tell(`prune: ${ok ? 'the session is forgotten' : 'the session was begun anew'}`);
    if (ok) reached('session forgotten');
    if (ok && !isOver) fleet.forget();
  }
}
