/** The claim protocol, command by command, against the ledger on a real table service: the row is what the model says. */
import { TableClient } from '@azure/data-tables';
import * as fc from 'fast-check';
import { azureTable } from '../../lib/ledger/tables/azureTable.ts';
import { type AzuriteHandle, spawnAzurite } from '../../local/azurite/spawn.ts';
import { commands, PROCESSES } from './ledgerCommands.ts';
import { counting, missingAfter } from './reached.ts';
import { Real } from './ledgerModel.ts';

const { MODEL_RUNS, MODEL_SEED } = process.env;
/** One run on a real table takes as long as many in the model. */
const RUNS = Math.ceil(Number(MODEL_RUNS ?? 1_500) / 50);
const SEED = Number(MODEL_SEED ?? (MODEL_RUNS === undefined ? 1 : Date.now() % 2 ** 31));

/** A short run is too short for all of it. */
const MUST_BE_REACHED =
  RUNS < 200
    ? ['claim of absent', 'settled']
    : [
        'claim of absent',
        'claim of claimed',
        'claim of released',
        'claim of allocated',
        'settled',
        'superseded',
        'renewed',
        'lost',
        'claim of claimed, watched',
        'allocated forgotten',
        'settle of an old incarnation',
        'fault',
        'end of claimed',
        'end of released',
        'end of allocated',
        'end of what has changed',
        'settle onto an ended session',
        'confirmed',
        'confirmed before',
        'ended forgotten',
        'kept beyond its time: nobody has confirmed the end',
        'claim of ended',
      ];

let azurite: AzuriteHandle;

beforeAll(async () => {
  azurite = await spawnAzurite();
});

afterAll(() => azurite.stop());

it(`does what the model says in ${RUNS} runs of commands`, async () => {
  const reached = counting();
  const table = azureTable(
    TableClient.fromConnectionString(azurite.connectionString, 'brokersessions', {
      allowInsecureConnection: true,
    }),
  );
  const round = (seed: number): Promise<void> =>
    fc.assert(
      fc.asyncProperty(commands, async (run) => {
        await fc.asyncModelRun(
          () => ({
            model: {
              row: { state: 'absent' as const },
              nowMs: 0,
              holders: [],
              incarnations: new Set<string>(),
            },
            real: new Real(table, PROCESSES, reached.add),
          }),
          run,
        );
      }),
      { numRuns: RUNS, seed },
    );
  const missing = await missingAfter(MUST_BE_REACHED, reached, SEED, round);
  process.stdout.write(`ledger model: ${RUNS} runs, MODEL_SEED=${SEED}\n  ${reached.summary()}\n`);
  expect(missing).toEqual([]);
}, 600_000);
