import type { ClaimResult, Ledger, Proposal } from '../../lib/ledger/sessions/ledger.ts';
import { meaningOf, type SessionRecord } from '../../lib/ledger/sessions/session.ts';

/** Claims what a caller has seen, if it may be claimed; without anything seen, as a caller's first look does. */
export async function claim(ledger: Ledger, proposal: Proposal, seen?: SessionRecord): Promise<ClaimResult> {
  const meaning = meaningOf(seen);
  if (meaning.kind !== 'claim' && meaning.kind !== 'take-over')
    return { kind: 'seen', record: meaning.session };
  return ledger.claim(proposal, meaning);
}
