import { randomUUID } from 'node:crypto';
import type { AllocateRequest, Latency, Player } from '../../clients/typescript/src/index.ts';
import type { RegionLatencies, SourceWeight } from '../data/latencies.ts';
import type { Random } from '../data/random.ts';
import { drawPlayer } from '../data/simulatedPlayers.ts';

export interface PlanOptions {
  /** New sessions a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Players a session: fewest and most. */
  readonly party: { readonly from: number; readonly to: number };
  /** Of the calls that got a host: the share that asks once more, as after an answer that was lost. */
  readonly retryShare: number;
  /** Of the parties: the share whose matchmaker asks for all; in the others each player asks for itself. */
  readonly matchmakerShare: number;
  readonly gameMode: string;
}

export interface World {
  /** The names of the locations on offer. */
  readonly locations: readonly string[];
  readonly latencies: RegionLatencies;
  readonly weights: readonly SourceWeight[];
  readonly random: Random;
}

/** One call of `allocate`, so many milliseconds after the start. */
export interface PlannedCall {
  readonly atMs: number;
  readonly request: AllocateRequest & { readonly sessionId: string };
  readonly repeats: boolean;
}

/** A party enters its lobby together, not in the same instant. */
const PARTY_SPREAD_MS = 500;

/** Who asks when, in order. The same random numbers give the same players; session ids are new every time. */
export function planCalls(options: PlanOptions, world: World): PlannedCall[] {
  const { rate, seconds } = options;
  const sessions = Array.from({ length: Math.round(rate * seconds) }, () => planSession(options, world));
  return sessions.flat().sort((a, b) => a.atMs - b.atMs);
}

function planSession(options: PlanOptions, { random, ...world }: World): PlannedCall[] {
  const { seconds, party, gameMode, retryShare, matchmakerShare } = options;
  const startMs = random() * seconds * 1_000;
  const size = party.from + Math.floor(random() * (party.to - party.from + 1));
  const players = Array.from({ length: size }, () => hintsOfOnePlayer(world, random));
  const session = { sessionId: randomUUID(), gameMode };
  const byMatchmaker = size > 1 && random() < matchmakerShare;
  const asked: Pick<AllocateRequest, 'latencies' | 'players'>[] = byMatchmaker
    ? [{ players: players.map((latencies, index): Player => ({ playerId: `p${index + 1}`, latencies })) }]
    : players.map((latencies) => ({ latencies }));
  return asked.map((hints, index) => ({
    atMs: startMs + (index === 0 ? 0 : random() * PARTY_SPREAD_MS),
    request: { ...session, ...hints },
    repeats: random() < retryShare,
  }));
}

/** What a client would measure: the locations on offer, as far as the data knows them. */
function hintsOfOnePlayer(
  { locations, latencies, weights }: Omit<World, 'random'>,
  random: Random,
): readonly Latency[] {
  const { hints } = drawPlayer(latencies, weights, random);
  return hints.filter(({ location }) => locations.includes(location));
}
