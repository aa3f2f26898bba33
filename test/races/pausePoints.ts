import type { HoldOptions } from '../support/faultProxy/holds.ts';
import type { RequestMatch } from '../support/faultProxy/tableRequest.ts';

/**
 * Where a broker stands still: a request to storage on its way there or back, a call in the fleet's hands, or the one
 * beside the other.
 */
export interface PausePoint {
  readonly name: string;
  readonly storage?: Omit<HoldOptions, 'where' | 'client'>;
  readonly fleet?: 'received' | 'allocated';
  /** Of the call that the fleet keeps; default: the one that asks for a host. */
  readonly path?: string;
  /** The fleet has had the call for long enough that the lease is renewed beside it. */
  readonly renewal?: true;
  /** A write beside it that the broker knows to be done by then. */
  readonly done?: RequestMatch;
}

/** One between two steps of an allocation. */
export interface AllocationPoint extends PausePoint {
  /** What is there at that moment: the session's state, its attempts' outcomes, the hosts started. */
  readonly then: { readonly state: string | undefined; readonly history: string[]; readonly hosts: number };
  /** What the next caller is told: 201 where nobody had a host recorded, 200 where somebody had. */
  readonly next: 200 | 201;
}

const sessions = { table: 'brokersessions' } as const;
const history = { table: 'brokerhistory' } as const;
const renewal = { ...sessions, operation: 'replace', row: { state: 'claimed' } } as const;
const settling = { ...sessions, operation: 'replace', row: { state: 'allocated' } } as const;
const closing = { ...history, operation: 'replace' } as const;
const ASKING = { state: 'claimed', history: ['open'], hosts: 0 };
const OPEN_AND_ASKED = { state: 'claimed', history: ['open'], hosts: 1 };

/** Between every two steps of an allocation. */
export const PAUSE_POINTS: readonly AllocationPoint[] = [
  {
    name: 'before the claim',
    storage: { ...sessions, operation: 'insert', point: 'before' },
    then: { state: undefined, history: [], hosts: 0 },
    next: 201,
  },
  {
    name: 'after the claim',
    storage: { ...sessions, operation: 'insert', point: 'after' },
    then: { state: 'claimed', history: [], hosts: 0 },
    next: 201,
  },
  {
    name: 'before the history row is opened',
    storage: { ...history, operation: 'insert', point: 'before' },
    then: { state: 'claimed', history: [], hosts: 0 },
    next: 201,
  },
  {
    name: 'after the history row is opened',
    storage: { ...history, operation: 'insert', point: 'after' },
    then: { state: 'claimed', history: ['open'], hosts: 0 },
    next: 201,
  },
  {
    name: 'with the fleet call in flight, before a renewal',
    fleet: 'received',
    then: ASKING,
    next: 201,
  },
  {
    name: 'with the fleet call in flight, and a renewal on its way',
    renewal: true,
    fleet: 'received',
    storage: { ...renewal, point: 'before' },
    then: ASKING,
    next: 201,
  },
  {
    name: 'with the fleet call in flight, and a renewal done of which it has not heard',
    renewal: true,
    fleet: 'received',
    storage: { ...renewal, point: 'after' },
    then: ASKING,
    next: 201,
  },
  {
    name: 'with the fleet call in flight, after a renewal',
    renewal: true,
    fleet: 'received',
    done: renewal,
    then: ASKING,
    next: 201,
  },
  {
    name: 'with the host started and the answer on its way',
    fleet: 'allocated',
    then: OPEN_AND_ASKED,
    next: 201,
  },
  {
    name: 'with the answer there, before it is settled',
    storage: { ...settling, point: 'before' },
    done: closing,
    // The history row is closed beside the settling: with what is expected, and told again if it comes out otherwise.
    then: { state: 'claimed', history: ['allocated'], hosts: 1 },
    next: 201,
  },
  {
    name: 'after it is settled',
    storage: { ...settling, point: 'after' },
    done: closing,
    then: { state: 'allocated', history: ['allocated'], hosts: 1 },
    next: 200,
  },
  {
    name: 'before the history row is closed',
    storage: { ...closing, point: 'before' },
    done: settling,
    then: { state: 'allocated', history: ['open'], hosts: 1 },
    next: 200,
  },
];
