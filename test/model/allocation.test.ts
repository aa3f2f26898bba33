/**
 * One allocation, the real code of `lib/broker` and `lib/ledger`, in every order and with every fault that
 * a list of numbers can decide on. A failure prints the plan that a `MODEL_SEED` finds again.
 */
import * as fc from 'fast-check';
import { broken } from './invariants.ts';
import { MODE_SETTINGS } from './instance.ts';
import { counting, missingAfter } from './reached.ts';
import type { CallerPlan } from './callers.ts';
import { type EndingPlan, type Plan, run } from './run.ts';

/** A short run is the same every time; a long one (`npm run test:model`) goes where none has been. */
const { MODEL_RUNS, MODEL_SEED } = process.env;
const RUNS = Number(MODEL_RUNS ?? 1_000);
const SEED = Number(MODEL_SEED ?? (MODEL_RUNS === undefined ? 1 : Date.now() % 2 ** 31));

const callers = (maxLength: number): fc.Arbitrary<CallerPlan[]> =>
  fc.array(
    fc.record({
      instance: fc.nat(2),
      cookie: fc.constantFrom(undefined, undefined, 'first', 'second'),
      waitMs: fc.constantFrom(15_000, 1_000, 25_000, 25_000),
      // At once, in the window, at its end, and when a fleet call has timed out.
      startsAfterMs: fc.constantFrom(0, 0, 0, 500, 1_490, 13_000),
      ms: fc.option(fc.integer({ min: 1, max: 60_000 }), { freq: 6, nil: undefined }),
      partySize: fc.constantFrom(undefined, undefined, 2, 3),
    }),
    { minLength: 1, maxLength, size: 'max' },
  );

/** What an ending is beside: callers who come back, in time to be answered from memory and too late for it. */
const ending: fc.Arbitrary<EndingPlan> = fc.record({
  enders: fc.array(
    fc.record({
      instance: fc.nat(2),
      startsAfterMs: fc.constantFrom(0, 0, 300, 1_490, 2_600, 12_000, 62_000),
    }),
    { minLength: 1, maxLength: 2, size: 'max' },
  ),
  sweepsAfterMs: fc.array(fc.constantFrom(1_000, 14_000, 75_000, 130_000), { maxLength: 1, size: 'max' }),
  callers: fc.array(
    fc.record({
      instance: fc.nat(2),
      cookie: fc.constant(undefined),
      waitMs: fc.constantFrom(1_000, 15_000),
      startsAfterMs: fc.constantFrom(600, 3_000, 14_000, 63_000, 75_000, 125_000),
      looks: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3, size: 'max' },
  ),
});

const choices = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(0xffff), { maxLength, size: 'max' });

const plans: fc.Arbitrary<Plan> = fc.record({
  callers: callers(4),
  ending: fc.option(ending, { nil: undefined, freq: 2 }),
  instances: fc.array(
    fc.record({
      skewHours: fc.integer({ min: -9, max: 9 }),
      mode: fc.nat(MODE_SETTINGS.length - 1),
      gathers: fc.constantFrom(true, true, false),
      confirmAfterMs: fc.constantFrom(60_000, 0),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  choices: choices(400),
  afterExpiry: fc.option(fc.record({ callers: callers(2), choices: choices(150) }), {
    nil: undefined,
    freq: 2,
  }),
});

/** What the runs must have come to for their number to mean anything. */
const MUST_BE_REACHED = [
  'take-over by the clock of storage',
  'take-over by watching',
  'take-over of a released session',
  'take-over against the settings',
  'overflow',
  'renewed during a call',
  'renewed before a call',
  'lost',
  'call cut: timed out',
  'call cut: the lease ran out',
  'call cut: the process stops',
  'released by a process that stops: maybe-started',
  'stopped in order, and had held the session',
  'released: gathered',
  'released by a process that stops: gathered',
  'placed with what was left',
  'placed by several callers',
  'claim of an expired session',
  'session forgotten',
  'settled',
  'superseded',
  'unconfirmed',
  'unconfirmed: of an old incarnation',
  'crash',
  'ended: allocated',
  'ended: claimed',
  'ended: released',
  'ended: changed meanwhile',
  'settled too late: the session is ended',
  'host given out although the session is ended: begun or remembered before',
  'told of its fleet: told',
  'told of its fleet: no-host',
  'told of its fleet: pending',
  'told of its fleet: not-told',
  'end confirmed',
  'ending finished by a sweep',
  'ending still pending after a sweep',
  'claim of a session that was ended long ago',
];

beforeEach(() => {
  // Jitter is the one thing that the numbers do not decide.
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => jest.restoreAllMocks());

it(`keeps its promises in ${RUNS} interleavings`, async () => {
  const reached = counting();
  let interleavings = 0;
  const round = (seed: number): Promise<void> =>
    fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        interleavings += 1;
        const outcome = await run(plan, reached.add);
        const violations = broken(outcome);
        if (violations.length > 0) throw new Error([...violations, ...outcome.world.trace].join('\n'));
      }),
      { numRuns: RUNS, seed },
    );
  const missing = await missingAfter(MUST_BE_REACHED, reached, SEED, round);
  process.stdout.write(`model: ${interleavings} interleavings, MODEL_SEED=${SEED}\n  ${reached.summary()}\n`);
  expect(missing).toEqual([]);
}, 600_000);
