import type { AccessToken } from '@azure/core-auth';
import { rememberedTokens } from '../../../lib/identity/remembered.ts';

const NOW = Date.parse('2026-11-22T08:00:00Z');
const signal = () => AbortSignal.timeout(20_000);
let nowMs: number;
let monotonicMs: number;
let unheard: unknown[];
const onUnheard = (reason: unknown) => unheard.push(reason);

beforeEach(() => {
  nowMs = NOW;
  monotonicMs = 0;
  unheard = [];
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
  jest.spyOn(performance, 'now').mockImplementation(() => monotonicMs);
  process.on('unhandledRejection', onUnheard);
});

afterEach(async () => {
  jest.restoreAllMocks();
  // Node looks for rejections that nobody heard once the microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnheard);
  expect(unheard).toEqual([]);
});

/** Fetches that the test ends one by one. */
function fetches(): {
  readonly fetch: () => Promise<AccessToken>;
  readonly calls: PromiseWithResolvers<AccessToken>[];
} {
  const calls: PromiseWithResolvers<AccessToken>[] = [];
  return {
    calls,
    fetch: () => {
      const call = Promise.withResolvers<AccessToken>();
      calls.push(call);
      return call.promise;
    },
  };
}

const token = (name: string, lifeMs: number): AccessToken => ({
  token: name,
  expiresOnTimestamp: nowMs + lifeMs,
});

/** A source that holds a token of this life, and the fetches that come after it. */
async function holding(lifeMs: number) {
  const { fetch, calls } = fetches();
  const source = rememberedTokens(fetch);
  const first = source.get(signal());
  calls.splice(0)[0]?.resolve(token('old', lifeMs));
  expect(await first).toBe('old');
  return { source, calls };
}

const pass = (ms: number) => {
  nowMs += ms;
  monotonicMs += ms;
};

it('is renewed five minutes ahead, by one fetch, beside the calls', async () => {
  const { source, calls } = await holding(3_600_000);
  pass(3_299_999);
  expect([await source.get(signal()), calls.length]).toEqual(['old', 0]);
  pass(1);
  expect([await source.get(signal()), await source.get(signal())]).toEqual(['old', 'old']);
  expect(calls).toHaveLength(1);
  calls[0]?.resolve(token('new', 3_600_000));
  await calls[0]?.promise;
  expect(await source.get(signal())).toBe('new');
});

describe.each([
  ['an hour', 3_600_000],
  ['15 s', 15_000],
])('a token that lives %s', (_name, lifeMs) => {
  it('is used up to its last second while its renewals fail, and nobody hears of them', async () => {
    const { source, calls } = await holding(lifeMs);
    pass(lifeMs - 10_000);
    const early = source.get(signal());
    calls.shift()?.reject(new Error('words of the identity'));
    expect(await early).toBe('old');
    pass(10_000 - 1_001);
    const last = source.get(signal());
    calls.shift()?.reject(new Error('words of the identity'));
    expect(await last).toBe('old');
    pass(1);
    const late = source.get(signal());
    calls.shift()?.reject(new Error('no token'));
    await expect(late).rejects.toThrow('no token');
  });

  it('is used up to its last second while its renewal hangs, which is waited for once', async () => {
    const { source, calls } = await holding(lifeMs);
    pass(lifeMs - 3_000);
    expect(await source.get(signal())).toBe('old');
    pass(500);
    expect(await source.get(signal())).toBe('old');
    pass(1_499);
    expect(await source.get(signal())).toBe('old');
    expect(calls).toHaveLength(1);
  });

  it('that could expire on its way is replaced within the call where the renewal is quick', async () => {
    const { source, calls } = await holding(lifeMs);
    pass(lifeMs - 10_000);
    const got = source.get(signal());
    calls[0]?.resolve(token('new', lifeMs));
    expect(await got).toBe('new');
  });
});

it('asks again only some seconds after a renewal that failed', async () => {
  const { source, calls } = await holding(3_600_000);
  pass(3_599_000 - 30_000);
  const first = source.get(signal());
  calls[0]?.reject(new Error('down'));
  expect(await first).toBe('old');
  pass(2_999);
  expect([await source.get(signal()), calls.length]).toEqual(['old', 1]);
  pass(1);
  const again = source.get(signal());
  expect(calls).toHaveLength(2);
  calls[1]?.reject(new Error('down'));
  expect(await again).toBe('old');
});

it('fails with the fetch for all who have no token, and fetches anew for the next', async () => {
  const { fetch, calls } = fetches();
  const source = rememberedTokens(fetch);
  const waiting = [source.get(signal()), source.get(signal())];
  calls[0]?.reject(new Error('down'));
  for (const each of waiting) await expect(each).rejects.toThrow('down');
  const next = source.get(signal());
  calls[1]?.resolve(token('new', 3_600_000));
  expect(await next).toBe('new');
});

it('ends a wait with its signal, and hears the fetch that fails after it', async () => {
  const { fetch, calls } = fetches();
  const source = rememberedTokens(fetch);
  await expect(source.get(AbortSignal.abort(new Error('time is up')))).rejects.toThrow('time is up');
  calls[0]?.reject(new Error('down'));
});
