import {
  type Effort,
  type HistoryItem,
  EFFORTS,
  tookEffort,
  upstreamStatusOf,
} from '../lib/contract/attempt.ts';
import { guidDigits } from '../lib/guid.ts';
import { isIn } from '../lib/insights/attempt.ts';

/** What the table is narrowed to; an empty text means all. */
export interface Filter {
  readonly outcome: string;
  readonly region: string;
  readonly gameMode: string;
  readonly fleet: string;
  /** The status of the fleet's last answer. */
  readonly upstream: string;
  /** An {@link Effort}. */
  readonly effort: string;
  /** A session's id, or its beginning, in any spelling of a GUID. */
  readonly id: string;
}

export const NO_FILTER: Filter = {
  ...{ outcome: '', region: '', gameMode: '', fleet: '', upstream: '', effort: '', id: '' },
};

export function isWanted(item: HistoryItem, filter: Filter): boolean {
  const { outcome, region, gameMode, fleet, upstream, effort, id } = filter;
  return (
    (outcome === '' || item.outcome === outcome) &&
    (region === '' || isIn(item, region)) &&
    (gameMode === '' || item.gameMode === gameMode) &&
    (fleet === '' || item.fleet === fleet) &&
    (upstream === '' || String(upstreamStatusOf(item)) === upstream) &&
    (!isEffort(effort) || tookEffort(item, effort)) &&
    guidDigits(item.sessionId).startsWith(guidDigits(id))
  );
}

/** An address may hold anything; what is no effort narrows nothing. */
const isEffort = (text: string): text is Effort => (EFFORTS as readonly string[]).includes(text);
