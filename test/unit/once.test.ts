import { onceSuccessful, rememberedFor } from '../../lib/once.ts';

it('loads once for callers that come while it loads, and for those that come later', async () => {
  const load = jest.fn((name: string) => Promise.resolve({ name }));
  const loaded = onceSuccessful(load);
  const [first, second] = await Promise.all([loaded('first'), loaded('second')]);
  expect([first, second, await loaded('third')]).toEqual(
    Array.from({ length: 3 }, () => ({ name: 'first' })),
  );
  expect(load.mock.calls).toEqual([['first']]);
});

it('fails for all who share a load that fails, and loads again for the next', async () => {
  const load = jest
    .fn<Promise<string>, []>()
    .mockRejectedValueOnce(new Error('absent'))
    .mockResolvedValue('there');
  const loaded = onceSuccessful(load);
  const failed = await Promise.allSettled([loaded(), loaded()]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(load).toHaveBeenCalledTimes(1);
  expect([await loaded(), await loaded()]).toEqual(['there', 'there']);
  expect(load).toHaveBeenCalledTimes(2);
});

it('loads again after a load that failed before it waited for anything', async () => {
  let faults = 1;
  const loaded = onceSuccessful(() => {
    if (faults-- > 0) throw new Error('at once');
    return Promise.resolve('there');
  });
  await expect(loaded()).rejects.toThrow('at once');
  expect(await loaded()).toBe('there');
});

it('is kept for its time from the beginning of its load, a failure included, and then loaded anew', async () => {
  let nowMs = 0;
  const load = jest
    .fn<Promise<string>, [string]>()
    .mockRejectedValueOnce(new Error('absent'))
    .mockImplementation((name) => Promise.resolve(name));
  const lately = rememberedFor(10, () => nowMs, load);
  await expect(lately('first')).rejects.toThrow('absent');
  nowMs = 9;
  await expect(lately('second')).rejects.toThrow('absent');
  nowMs = 10;
  expect([await lately('third'), await lately('fourth')]).toEqual(['third', 'third']);
  nowMs = 20;
  expect(await lately('fifth')).toBe('fifth');
});
