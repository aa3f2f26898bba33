import type { EndTeller } from '../../lib/ledger/upkeep/deadEnding.ts';

/** For sweeps of tables in which no session was ended. */
export const noFleet: EndTeller = {
  tell: () => Promise.reject(new Error('no session was ended')),
  confirm: () => Promise.reject(new Error('no session was ended')),
};
