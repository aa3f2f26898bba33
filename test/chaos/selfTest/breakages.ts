import type { Breakage } from './breaking.ts';
import { endedElsewhere, hostAfterEnd, hostMeanwhile } from './endScenarios.ts';
import {
  endsInCall,
  forgottenMeanwhile,
  lateRelease,
  lateRenewal,
  longCall,
  storageLostInCall,
} from './leaseScenarios.ts';
import { dryAfterLoss, overflows } from './overflowScenarios.ts';
import {
  claimAnswerLost,
  lateSettle,
  leaseRunsOutFirst,
  nothingSpecial,
  releasedMeanwhile,
  rivalTakers,
  storageDown,
  superseded,
} from './scenarios.ts';

export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'take-over without If-Match',
    file: 'ledger/sessions/tableLedger.ts',
    edits: [
      {
        from: 'ownWrite(sessions, toRow(session, this.#options), seen.etag)',
        to: "ownWrite(sessions, toRow(session, this.#options), '*')",
      },
    ],
    scenario: rivalTakers,
    caughtBy: 'no-overlap',
  },
  {
    name: 'settle without If-Match',
    file: 'ledger/sessions/claim.ts',
    edits: [
      {
        from: 'const written = await ownWrite(this.#options.sessions, row, this.#etag);\n    if (written.ok) {\n      const reading',
        to: "const written = await ownWrite(this.#options.sessions, row, '*');\n    if (written.ok) {\n      const reading",
      },
    ],
    scenario: lateSettle,
    caughtBy: 'one-answer',
  },
  {
    name: 'the fleet’s answer instead of the row’s',
    file: 'broker/attempt.ts',
    edits: [
      {
        from: "kind: 'host', record: settlement.record,",
        to: "kind: 'host', record: { ...settlement.record, body: answer.body },",
      },
    ],
    scenario: superseded,
    caughtBy: 'one-answer',
  },
  {
    name: 'fleet asked on a lease that has run out',
    file: 'ledger/sessions/claim.ts',
    edits: [
      {
        from: 'return this.#leaseFromMs + this.#options.leaseMs - this.#options.clock.monotonicMs();',
        to: 'return this.#options.leaseMs;',
      },
    ],
    scenario: leaseRunsOutFirst,
    caughtBy: 'inside-the-lease',
  },
  {
    name: 'history row opened after the fleet call',
    file: 'broker/attempt.ts',
    edits: [
      { from: '|| !(await this.#record())', to: '' },
      {
        from: 'const asked = await this.#ask();',
        to: 'const asked = await this.#ask(); await this.#record();',
      },
    ],
    scenario: nothingSpecial,
    caughtBy: 'history-first',
  },
  {
    name: 'storage error read as no row',
    file: 'ledger/tables/azureTable.ts',
    edits: [
      {
        from: "if (errorCode(error) === 'ResourceNotFound') return undefined;\n    throw error;",
        to: 'return undefined;',
      },
    ],
    scenario: storageDown,
    caughtBy: 'documented-answers',
  },
  {
    name: 'own-write 409 taken for a loss',
    file: 'ledger/sessions/tableLedger.ts',
    edits: [
      {
        from: 'return this.#ownClaim(current, own) ?? {',
        to: 'return {',
      },
    ],
    scenario: claimAnswerLost,
    caughtBy: 'own-writes-known',
  },
  {
    name: 'take-over with what the settings say now',
    file: 'ledger/sessions/tableLedger.ts',
    edits: [
      {
        from: '#goingOn({ sessionId, gameMode }: Proposal,',
        to: '#goingOn({ sessionId, gameMode, fleet, fleetTarget }: Proposal,',
      },
      {
        from: 'const { generation, incarnation, cookie, cookieSeal, fleet, fleetTarget, charge }',
        to: 'const { generation, incarnation, cookie, cookieSeal, charge }',
      },
    ],
    scenario: releasedMeanwhile,
    caughtBy: 'one-host',
  },
  {
    name: 'next fleet asked before the row says so',
    file: 'ledger/sessions/claim.ts',
    edits: [{ from: 'if (!(await this.#write({ ...moved, charge }))) return false;\n', to: '' }],
    scenario: overflows,
    caughtBy: 'stays-with-its-fleet',
  },
  {
    name: 'next fleet asked after a call of unknown outcome',
    file: 'broker/askFleets.ts',
    edits: [{ from: '&& !maybeStarted && lease', to: '&& lease' }],
    scenario: dryAfterLoss,
    caughtBy: 'stays-with-its-fleet',
  },
  {
    name: 'lease renewed in memory, not in the row',
    file: 'ledger/sessions/claim.ts',
    edits: [
      {
        from: 'const renewed = await this.#write({ ...this.session, charge }, withinMs);',
        to: 'const renewed = true;',
      },
    ],
    scenario: longCall,
    caughtBy: 'inside-the-lease',
  },
  {
    name: 'call not cut when the lease cannot be renewed',
    file: 'broker/lease.ts',
    edits: [
      {
        from: "if (leftMs <= 0) cut.abort(new DOMException('the lease ran out', 'TimeoutError'));",
        to: 'if (leftMs <= 0) return;',
      },
    ],
    scenario: storageLostInCall,
    caughtBy: 'inside-the-lease',
  },
  {
    name: 'take-over after a quarter of a lease',
    file: 'broker/obtain.ts',
    edits: [
      {
        from: 'Math.max(0, sinceRead(sight, clock) - WATCH_MARGIN_MS)',
        to: '4 * (clock.monotonicMs() - sight.atMs)',
      },
    ],
    scenario: lateRenewal,
    caughtBy: 'no-overlap',
  },
  {
    name: 'release on termination without If-Match',
    file: 'ledger/sessions/claim.ts',
    edits: [
      {
        from: 'const maybeStarted = this.session.maybeStarted || ending',
        to: "this.#etag = '*'; const maybeStarted = this.session.maybeStarted || ending",
      },
    ],
    scenario: lateRelease,
    caughtBy: 'no-overlap',
  },
  {
    name: 'call not cut at an orderly end',
    file: 'broker/shutdown.ts',
    edits: [{ from: 'this.cut.take();', to: '' }],
    scenario: endsInCall,
    caughtBy: 'orderly-end',
  },
  {
    name: 'settling over a later beginning',
    file: 'ledger/sessions/claim.ts',
    edits: [{ from: ' && record.incarnation === session.incarnation', to: '' }],
    scenario: forgottenMeanwhile,
    caughtBy: 'own-beginning',
  },
  {
    name: 'end without If-Match',
    file: 'ledger/sessions/tableLedger.ts',
    edits: [
      {
        from: 'toRow(ended, this.#options, ttlMs), seen.etag)',
        to: "toRow(ended, this.#options, ttlMs), '*')",
      },
    ],
    scenario: hostMeanwhile,
    caughtBy: 'hosts-are-sessions',
  },
  {
    name: 'memory never confirmed',
    file: 'broker/sessionMemory.ts',
    edits: [{ from: 'this.#clock.monotonicMs() - asOfMs < this.#confirmAfterMs', to: 'asOfMs < Infinity' }],
    scenario: endedElsewhere,
    caughtBy: 'ended-stays-ended',
  },
  {
    name: 'ending swept without asking the fleet',
    file: 'ledger/upkeep/deadEnding.ts',
    edits: [
      { from: 'await teller.tell(record, asOfMs);', to: "{ fleet: 'no-host', fleetCalls: 0, fleetMs: 0 };" },
    ],
    scenario: hostAfterEnd,
    caughtBy: 'hosts-are-sessions',
  },
  {
    name: 'fleet believed while a call is in flight',
    file: 'ledger/sessions/session.ts',
    edits: [{ from: "case 'claimed':\n      return false;", to: "case 'claimed':\n      return true;" }],
    scenario: hostAfterEnd,
    caughtBy: 'hosts-are-sessions',
  },
];
