import { type Random, seededRandom } from '../data/random.ts';
import type { CallMatch, CallPoint, FaultAction, FaultRule } from './faultSchema.ts';
import { normaliseLocation } from './state.ts';

/** What is known of a call when rules are matched; a call that could not be read has only a path. */
export interface CallFacts {
  readonly path: string;
  /** The call asks for something other than a host (see `FleetProtocol.asides`). */
  readonly aside?: boolean;
  readonly sessionId?: string | undefined;
  readonly locations: readonly string[];
}

/** Actions that change the answer when it is sent; the others act at once. */
export type AnswerAction = Extract<
  FaultAction,
  { readonly type: 'garbage' | 'half-body' | 'body' | 'override' | 'content-type' | 'coding' | 'slow-body' }
>;
export type ImmediateAction = Exclude<FaultAction, AnswerAction>;

export type FaultListing = FaultRule & { hits: number };

export function isAnswerAction(action: FaultAction): action is AnswerAction {
  return !['delay', 'end-host', 'hang', 'no-capacity', 'reset', 'status'].includes(action.type);
}

/** After these nothing else happens to the call. */
function isFinal(action: FaultAction): boolean {
  return action.type === 'hang' || action.type === 'reset' || action.type === 'status';
}

/** Whether a call is one of those a rule or a hold is about; an aside only where its path is named. */
export function matches(match: CallMatch | undefined, facts: CallFacts): boolean {
  if (facts.aside && match?.path === undefined) return false;
  if (!match) return true;
  const { sessionId, location, path } = match;
  if (sessionId !== undefined && sessionId !== facts.sessionId) return false;
  if (path !== undefined && !facts.path.startsWith(path)) return false;
  if (location === undefined) return true;
  return facts.locations.some((listed) => normaliseLocation(listed) === normaliseLocation(location));
}

/** The rules in force. Draws are made in the order in which calls arrive: the same seed and order, the same faults. */
export class FaultEngine {
  readonly #random: Random;
  #rules: FaultListing[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Replaces all rules. */
  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ ...rule, hits: 0 }));
  }

  list(): FaultListing[] {
    return this.#rules;
  }

  /**
   * The actions that hit a call at a point, in the order of the rules, up to the first one that ends the call. A rule
   * without a point acts on arrival, or, if it changes the answer, on the answer that carries a host.
   */
  draw(point: CallPoint, facts: CallFacts): FaultAction[] {
    const hit: FaultAction[] = [];
    for (const rule of this.#rules) {
      if (!this.#fires(rule, point, facts)) continue;
      rule.hits += 1;
      hit.push(rule.action);
      if (isFinal(rule.action)) break;
    }
    return hit;
  }

  /** How long a delay takes this time, in milliseconds: fixed, or drawn between its bounds. */
  delayMs(action: Extract<FaultAction, { type: 'delay' }>): number {
    const shortest = action.ms ?? action.minMs ?? 0;
    const longest = action.ms ?? action.maxMs ?? shortest;
    return longest > shortest ? shortest + this.#random() * (longest - shortest) : shortest;
  }

  #fires(rule: FaultListing, point: CallPoint, facts: CallFacts): boolean {
    if (point !== (rule.point ?? (isAnswerAction(rule.action) ? 'allocated' : 'received'))) return false;
    if (rule.times !== undefined && rule.hits >= rule.times) return false;
    if (!matches(rule.match, facts)) return false;
    return rule.rate === undefined || this.#random() < rule.rate;
  }
}
