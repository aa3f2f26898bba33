import { createHash } from 'node:crypto';
import { loadRegionLatencies, loadSourceWeights } from '../../../local/data/latencies.ts';
import { seededRandom } from '../../../local/data/random.ts';
import { drawPlayer } from '../../../local/data/simulatedPlayers.ts';
import type { CallerPlan } from './caller.ts';
import type { SessionPlan } from './client.ts';

/** A session, and everybody who will ask for its host. */
export interface Match {
  readonly session: SessionPlan;
  readonly callers: readonly CallerPlan[];
  /** Absent: nobody ends it. */
  readonly ending?: EndingPlan;
}

/** Who says that the session is over, and when. */
export interface EndingPlan {
  readonly caller: string;
  /** After the first caller has asked. */
  readonly afterMs: number;
}

export interface MatchOptions {
  readonly callers: number;
  /** Every other party says how many it is. */
  readonly gathers?: boolean | undefined;
  /** The share of the matches that are ended, from 0 to 1. */
  readonly ended?: number | undefined;
}

/** `Prefer: wait` of the callers: from impatient to patient, so that waits end before and after everything else. */
const LONGEST_WAIT_SECONDS = 10;
/** Many matches are ended while they get their hosts, some when nobody has asked yet, and some long after. */
const ENDED_WITHIN_MS = 12_000;
/** One caller in so many looks with GET before it asks, and as many look after. */
const LOOKS_ONE_IN = 5;

const REGIONS = loadRegionLatencies();
const WEIGHTS = loadSourceWeights();

/** The same match for the same seed and number, whatever was drawn before. */
export function planMatch(
  seed: number,
  number: number,
  { callers, gathers = false, ended = 0 }: MatchOptions,
): Match {
  const random = seededRandom(digestOf(seed, number).readUInt32BE(0));
  const sessionId = sessionIdOf(seed, number);
  const session = {
    sessionId,
    gameMode: random() < 0.5 ? 'duel' : 'battle',
    ...(random() < 0.5 && { sessionCookie: `cookie of ${sessionId}` }),
    ...(gathers && number % 2 === 0 && { partySize: callers }),
  };
  const plans: Match = {
    session,
    callers: Array.from({ length: callers }, (_, index) => ({
      caller: `s${number}/c${index + 1}`,
      latencies: drawPlayer(REGIONS, WEIGHTS, random).hints,
      waitSeconds: 1 + Math.floor(random() * LONGEST_WAIT_SECONDS),
      looks: (['before', 'after'] as const)[Math.floor(random() * LOOKS_ONE_IN)] ?? 'never',
    })),
  };
  if (random() >= ended) return plans;
  const ending = { caller: `s${number}/backend`, afterMs: random() ** 2 * ENDED_WITHIN_MS };
  return { ...plans, ending };
}

/** The session of a match, without the rest of it. */
export function sessionIdOf(seed: number, number: number): string {
  const hex = digestOf(seed, number).toString('hex', 4, 20);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function digestOf(seed: number, number: number): Buffer {
  return createHash('sha256').update(`${seed}:${number}`).digest();
}
