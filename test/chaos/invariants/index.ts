import {
  everySessionHasItsHost,
  oneAnswer,
  oneCreated,
  onlyDocumentedAnswers,
  onlyKillsBreakConnections,
} from './answers.ts';
import { noDefect } from './defects.ts';
import { ownBeginning } from './beginning.ts';
import { endedStaysEnded, endsConfirmed, hostsAreSessions } from './endings.ts';
import { noOverlap, oneHost } from './fleet.ts';
import { closesFirst, hearsWhatIsLeft, noHintsLeft } from './gathering.ts';
import type { Invariant } from './invariant.ts';
import { insideTheLease } from './lease.ts';
import { everyHostHasHistory, historyFirst, nothingOpen, ownWritesKnown } from './ledger.ts';
import { orderlyEnd } from './orderlyEnd.ts';
import { staysWithItsFleet } from './overflow.ts';

/** What must hold after every run, whatever failed in it. */
export const INVARIANTS: readonly Invariant[] = [
  everySessionHasItsHost,
  oneAnswer,
  oneHost,
  oneCreated,
  insideTheLease,
  noOverlap,
  staysWithItsFleet,
  historyFirst,
  everyHostHasHistory,
  nothingOpen,
  ownWritesKnown,
  ownBeginning,
  hostsAreSessions,
  endedStaysEnded,
  endsConfirmed,
  closesFirst,
  hearsWhatIsLeft,
  noHintsLeft,
  orderlyEnd,
  onlyDocumentedAnswers,
  onlyKillsBreakConnections,
  noDefect,
];
