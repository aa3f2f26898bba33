import type { App } from './composition.ts';
import type { Fleet } from './fleets/fleet.ts';
import { TokenUnavailableError } from './identity/tokenSource.ts';
import { StorageFault } from './ledger/storageFault.ts';

/** One thing that must work, with what is wrong or worth knowing, in words for operators. Nothing secret. */
export interface Check {
  readonly name: 'instance' | 'settings' | 'tables' | 'token' | 'runtime' | 'timers' | 'quota';
  readonly ok: boolean;
  readonly message?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly Check[];
}

/** Fetching a token may take some seconds on a cold identity endpoint. */
const TOKEN_TIMEOUT_MS = 5_000;
/** A row that does not exist: reading it shows that the table is there and may be read. */
const PROBE = 'ready';
/** What the bundle is built for: on an older one the broker starts, and then fails each call. */
export const LEAST_NODE = 22;
/** The host fires a timer up to a second early; the clocks of instances may be further apart. */
const EARLY_MS = 60_000;

/** Looks at everything that an allocation needs, short of the fleet itself: asking that would start a host. */
export async function checkReadiness(
  { tables, fleets, settings, upkeep, quota }: App,
  nowMs = Date.now(),
  nodeVersion = process.versions.node,
): Promise<Readiness> {
  // A fleet that no game mode is on any more may be gone: it only ends what it began.
  const inUse = new Set<string>([...settings.gameModes.values()].map(({ fleet }) => fleet));
  const checks = await Promise.all([
    Promise.resolve<Check>({ name: 'settings', ok: true }),
    check('tables', async () => {
      await Promise.all([tables.sessions.read(PROBE, PROBE), tables.history.read(PROBE, PROBE)]);
      return '';
    }),
    check('token', () => checkCredentials([...fleets].filter(([name]) => inUse.has(name)))),
    Promise.resolve(checkRuntime(nodeVersion)),
    check('timers', () => checkTimers(settings.schedules, upkeep, nowMs)),
  ]);
  if (quota !== undefined) checks.push(quotaNote(quota.refusedLately()));
  return { ready: checks.every(({ ok }) => ok), checks };
}

/** Asks every fleet, so that everything that is wrong is reported at once; by name, where there are several. */
async function checkCredentials(fleets: readonly (readonly [string, Fleet])[]): Promise<string> {
  const checks = await Promise.allSettled(
    fleets.map(([, fleet]) => fleet.checkCredentials(AbortSignal.timeout(TOKEN_TIMEOUT_MS))),
  );
  const failures = fleets.flatMap(([name], index) => {
    const outcome = checks[index];
    if (outcome?.status !== 'rejected') return [];
    const message = messageOf('token', outcome.reason);
    return [fleets.length > 1 ? `${name}: ${message}` : message];
  });
  if (failures.length > 0) throw new Error(failures.join(' '));
  return '';
}

function checkRuntime(nodeVersion: string): Check {
  if (parseInt(nodeVersion, 10) >= LEAST_NODE) return { name: 'runtime', ok: true };
  const message = `Node.js ${nodeVersion}: set the app's runtime to ${LEAST_NODE} or newer.`;
  return { name: 'runtime', ok: false, message };
}

/** Well in any case: whether players are refused who share an address is for people to judge. */
function quotaNote(refused: number): Check {
  if (refused === 0) return { name: 'quota', ok: true };
  const message = `This instance refused ${refused} caller(s) in the last hour: many at once may share an address, or be a matchmaker that needs trust in BROKER_QUOTA.`;
  return { name: 'quota', ok: true, message };
}

/**
 * A timer may miss one occurrence, to a restart or a slow start, and not two. One that is behind is well all the same: an
 * instance gives out hosts however much is left to tidy up.
 *
 * @returns how far the timers are behind
 */
async function checkTimers(
  schedules: App['settings']['schedules'],
  upkeep: App['upkeep'],
  nowMs: number,
): Promise<string> {
  const states = await Promise.all(
    (['sweep', 'prune'] as const).map(async (timer) => {
      const latestMs = schedules[timer].previous(nowMs);
      const dueMs = latestMs === undefined ? undefined : schedules[timer].previous(latestMs);
      return { timer, dueMs: dueMs ?? 0, ...(await upkeep.timerState(timer, (dueMs ?? 0) - EARLY_MS)) };
    }),
  );
  const late = states
    .filter(({ isLate }) => isLate)
    .map(({ timer, dueMs }) => {
      const since = new Date(dueMs).toISOString();
      return `${timer} has not ended a run since ${since}: look for its event, and for 'in error' in the host's log.`;
    });
  if (late.length > 0) throw new Error(late.join(' '));
  return states
    .filter(({ behindHours }) => behindHours > 0)
    .map(({ timer, behindHours }) => `${timer} was ${behindHours} h behind when its last run ended.`)
    .join(' ');
}

/** @param work gives a note for operators where there is something to say although all is well, else nothing */
async function check(name: Check['name'], work: () => Promise<string>): Promise<Check> {
  try {
    const message = await work();
    return { name, ok: true, ...(message === '' ? {} : { message }) };
  } catch (error) {
    return { name, ok: false, message: messageOf(name, error) };
  }
}

function messageOf(name: Check['name'], error: unknown): string {
  if (error instanceof StorageFault) {
    return error.cause instanceof TokenUnavailableError
      ? `${error.message}. Check BrokerStorage__clientId and that the identity is assigned to this app.`
      : `${error.message}. Check BrokerStorage and that the app's identity has the role Storage Table Data Contributor.`;
  }
  // Ports promise messages for operators, without a secret.
  return (name === 'token' || name === 'timers') && error instanceof Error
    ? error.message
    : 'failed unexpectedly';
}
