import { type FaultRule, readFaultRules } from '../../../../local/fleet/faultSchema.ts';
import { FaultEngine } from '../../../../local/fleet/faults.ts';
import { seededRandom } from '../../../../local/data/random.ts';

const facts = { path: '/titles/1/sessionhosts', sessionId: 's1', locations: ['West US', 'East US'] };

function engine(rules: FaultRule[], seed = 1): FaultEngine {
  const faults = new FaultEngine(seed);
  faults.set(rules);
  return faults;
}

const typesAt = (faults: FaultEngine, point: 'received' | 'allocated'): string[] =>
  faults.draw(point, facts).map((action) => action.type);

test('a rule hits the next n matching calls, and says how many it hit', () => {
  const faults = engine([{ times: 2, action: { type: 'hang' } }]);
  expect([1, 2, 3].map(() => typesAt(faults, 'received'))).toEqual([['hang'], ['hang'], []]);
  expect(faults.list()).toEqual([{ times: 2, action: { type: 'hang' }, hits: 2 }]);
});

test('a rule is about the session, the location (normalised) and the path prefix it names, all of them', () => {
  const hits = (match: FaultRule['match']): boolean =>
    typesAt(engine([{ ...(match && { match }), action: { type: 'reset' } }]), 'received').length === 1;
  expect(hits(undefined)).toBe(true);
  expect(hits({ sessionId: 's1', location: 'eastus', path: '/titles/1' })).toBe(true);
  expect(hits({ sessionId: 's2' })).toBe(false);
  expect(hits({ location: 'North Europe' })).toBe(false);
  expect(hits({ sessionId: 's1', path: '/titles/2' })).toBe(false);
});

test('faults that act at once act on arrival, those of the answer on the answer with a host, unless told', () => {
  const faults = engine([
    { action: { type: 'delay', ms: 1 } },
    { action: { type: 'garbage' } },
    { point: 'allocated', action: { type: 'reset' } },
  ]);
  expect(typesAt(faults, 'received')).toEqual(['delay']);
  expect(typesAt(faults, 'allocated')).toEqual(['garbage', 'reset']);
});

test('nothing follows a fault that ends the call', () => {
  const faults = engine([
    { action: { type: 'delay', ms: 1 } },
    { action: { type: 'status', status: 500 } },
    { action: { type: 'hang' } },
  ]);
  expect(typesAt(faults, 'received')).toEqual(['delay', 'status']);
});

test('a rate is drawn from the seed: the same seed, the same calls hit; near the rate over many', () => {
  const schedule = (seed: number): number[] => {
    const faults = engine([{ rate: 0.15, action: { type: 'hang' } }], seed);
    return Array.from({ length: 2000 }, () => typesAt(faults, 'received').length);
  };
  expect(schedule(7)).toEqual(schedule(7));
  expect(schedule(7)).not.toEqual(schedule(8));
  const hit = schedule(7).filter((count) => count === 1).length;
  expect(hit).toBeGreaterThan(240);
  expect(hit).toBeLessThan(360);
});

test('mulberry32 gives its known sequence for seed 0', () => {
  const random = seededRandom(0);
  expect([random(), random()].map((value) => value * 4_294_967_296)).toEqual([1144304738, 1416247]);
});

test('a delay is fixed, or drawn between its bounds', () => {
  const faults = engine([]);
  expect(faults.delayMs({ type: 'delay', ms: 40 })).toBe(40);
  const drawn = Array.from({ length: 200 }, () => faults.delayMs({ type: 'delay', minMs: 10, maxMs: 20 }));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(20);
  expect(new Set(drawn).size).toBeGreaterThan(100);
});

test.each([
  [[{ action: { type: 'explode' } }], '/0/action value of tag "type" must be in oneOf'],
  [[{ action: { type: 'status' } }], "/0/action must have required property 'status'"],
  [[{ action: { type: 'hang' }, tims: 1 }], '/0 must NOT have additional properties: "tims"'],
  [[{ action: { type: 'hang' }, rate: 2 }], '/0/rate must be <= 1'],
  [{ action: { type: 'hang' } }, '/ must be array'],
])('a rule with a mistake is refused with the place of the mistake: %j', (rules, message) => {
  expect(() => readFaultRules(rules)).toThrow(message);
});
