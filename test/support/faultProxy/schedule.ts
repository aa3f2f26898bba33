import { type Random, drawWeighted, seededRandom } from '../../../local/data/random.ts';
import type { Fault } from './faults.ts';
import type { TableRequest } from './tableRequest.ts';

export interface ScheduleOptions {
  readonly seed: number;
  /** The share of requests that a fault hits, from 0 to 1. */
  readonly rate: number;
}

interface Choice {
  readonly weight: number;
  readonly fault: (random: Random) => Fault;
}

const retryAfter = (random: Random): { retryAfterSeconds?: number } =>
  random() < 0.5 ? { retryAfterSeconds: 1 } : {};

/** Losses are what the protocol is there for, so they come often; hangs cost a caller seconds, so they are rare. */
const CHOICES: readonly Choice[] = [
  { weight: 4, fault: (random) => ({ type: 'delay', ms: Math.round(20 + random() * 400) }) },
  { weight: 1, fault: () => ({ type: 'refuse' }) },
  { weight: 2, fault: () => ({ type: 'reset-before' }) },
  { weight: 4, fault: () => ({ type: 'reset-after' }) },
  { weight: 3, fault: () => ({ type: 'half-answer' }) },
  { weight: 2, fault: (random) => ({ type: 'status', status: 503, ...retryAfter(random) }) },
  { weight: 1, fault: (random) => ({ type: 'status', status: 500, ...retryAfter(random) }) },
  { weight: 1, fault: (random) => ({ type: 'status', status: 429, ...retryAfter(random) }) },
  { weight: 2, fault: () => ({ type: 'status', status: 500, after: true }) },
  { weight: 0.3, fault: () => ({ type: 'hang' }) },
  { weight: 0.3, fault: () => ({ type: 'hang', after: true }) },
];

/** Queries have one more way to go wrong, and it is the one that is forgotten. */
const QUERY_CHOICES: readonly Choice[] = [...CHOICES, { weight: 10, fault: () => ({ type: 'empty-page' }) }];

/**
 * Draws faults by rate. The same seed gives the same faults in the order of arrival; which request comes first is up
 * to the processes that send them.
 */
export function faultSchedule({ seed, rate }: ScheduleOptions): (request: TableRequest) => Fault | undefined {
  const random = seededRandom(seed);
  return ({ operation }) => {
    if (random() >= rate) return undefined;
    return drawWeighted(operation === 'query' ? QUERY_CHOICES : CHOICES, random).fault(random);
  };
}
