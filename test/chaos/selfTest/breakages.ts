import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import {
  type Scenario,
  claimAnswerLost,
  lateSettle,
  leaseRunsOutFirst,
  nothingSpecial,
  releasedMeanwhile,
  rivalTakers,
  storageDown,
  superseded,
} from './scenarios.ts';

/** A way to break the broker that the harness must notice. */
export interface Breakage {
  readonly name: string;
  /** Under lib/. */
  readonly file: string;
  /** Each `from` stands in the file exactly once. */
  readonly edits: readonly Edit[];
  /** What brings it to light without luck. */
  readonly scenario: Scenario;
  /** The invariant that must fail. */
  readonly caughtBy: string;
}

interface Edit {
  readonly from: string;
  readonly to: string;
}

export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'take-over without If-Match',
    file: 'ledger/tableLedger.ts',
    edits: [
      {
        from: 'ownWrite(this.#options.sessions, row, seen.etag)',
        to: "ownWrite(this.#options.sessions, row, '*')",
      },
    ],
    scenario: rivalTakers,
    caughtBy: 'no-overlap',
  },
  {
    name: 'settle without If-Match',
    file: 'ledger/claim.ts',
    edits: [
      {
        from: 'ownWrite(this.#options.sessions, row, this.#etag)',
        to: "ownWrite(this.#options.sessions, row, '*')",
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
    file: 'broker/ask.ts',
    edits: [
      { from: 'callBudgetMs(claim, fleetTimeoutMs) < fleetTimeoutMs / 2', to: 'false' },
      {
        from: 'Math.floor(Math.min(fleetTimeoutMs, claim.leaseLeftMs() - LEASE_MARGIN_MS))',
        to: 'fleetTimeoutMs',
      },
    ],
    scenario: leaseRunsOutFirst,
    caughtBy: 'inside-the-lease',
  },
  {
    name: 'history row opened after the fleet call',
    file: 'broker/attempt.ts',
    edits: [
      { from: '      await this.#log.open();\n', to: '' },
      {
        from: 'return this.#conclude(await this.#ask());',
        to: 'const asked = await this.#ask(); await this.#log.open(); return this.#conclude(asked);',
      },
    ],
    scenario: nothingSpecial,
    caughtBy: 'history-first',
  },
  {
    name: 'storage error read as no row',
    file: 'ledger/azureTable.ts',
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
    file: 'ledger/tableLedger.ts',
    edits: [
      {
        from: "if (current?.row['writeId'] === row.writeId) return this.#claimed(row, current.etag, sentAtMs, undefined);",
        to: '',
      },
    ],
    scenario: claimAnswerLost,
    caughtBy: 'own-writes-known',
  },
  {
    name: 'take-over with what the settings say now',
    file: 'ledger/tableLedger.ts',
    edits: [{ from: 'maybeStarted ? before : proposal', to: 'proposal' }],
    scenario: releasedMeanwhile,
    caughtBy: 'one-host',
  },
];

const LIB = join(import.meta.dirname, '../../../lib');

/**
 * Breaks the source on its way into the bundle.
 *
 * @returns also `assertApplied`, which throws when the bundle did not even contain the file
 */
export function breaking({ name, file, edits }: Breakage): { plugin: Plugin; assertApplied: () => void } {
  const path = join(LIB, file);
  let applied = false;
  const plugin: Plugin = {
    name: 'break',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        const source = await readFile(path, 'utf8');
        applied = true;
        const contents = edits.reduce((text, edit) => replaceOnce(name, file, text, edit), source);
        return { loader: 'ts', contents };
      });
    },
  };
  return {
    plugin,
    assertApplied: () => {
      if (!applied) throw new Error(`"${name}": lib/${file} is not in the bundle any more`);
    },
  };
}

function replaceOnce(name: string, file: string, source: string, { from, to }: Edit): string {
  const found = source.split(from).length - 1;
  if (found !== 1) {
    throw new Error(
      `"${name}": this stands ${found} times in lib/${file}, not once; put the breakage right:\n${from}`,
    );
  }
  return source.replace(from, () => to);
}
