import {
  everySessionHasItsHost,
  oneAnswer,
  oneCreated,
  onlyDocumentedAnswers,
  onlyKillsBreakConnections,
} from './answers.ts';
import { noDefect } from './defects.ts';
import { askedInsideTheLease, noOverlap, oneHost } from './fleet.ts';
import type { Invariant } from './invariant.ts';
import { everyHostHasHistory, historyFirst, nothingOpen, ownWritesKnown } from './ledger.ts';

/** What must hold after every run, whatever failed in it. */
export const INVARIANTS: readonly Invariant[] = [
  everySessionHasItsHost,
  oneAnswer,
  oneHost,
  oneCreated,
  askedInsideTheLease,
  noOverlap,
  historyFirst,
  everyHostHasHistory,
  nothingOpen,
  ownWritesKnown,
  onlyDocumentedAnswers,
  onlyKillsBreakConnections,
  noDefect,
];
