import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { offeredLocations } from '../../../../local/players/locations.ts';

const HOUR_MS = 3_600_000;
const BASE_URL = 'http://broker.example';
const LIST = JSON.stringify({ locations: [{ name: 'West US' }, { name: 'Japan East' }] });

/** A broker that answers after so long, unless the client gives up before. */
const answerAfter =
  (ms: number): typeof fetch =>
  (_input, init) =>
    new Promise((resolve, reject) => {
      setTimeout(() => resolve(new Response(LIST)), ms);
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
    });

describe('a slow broker', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is waited for, with one word to the person after two seconds', async () => {
    const onSlow = jest.fn();
    const client = { baseUrl: BASE_URL, fetch: answerAfter(30_000) };
    const names = offeredLocations({ client, deadlineMs: 60_000, onSlow });
    await jest.advanceTimersByTimeAsync(1_999);
    expect(onSlow).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(onSlow).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(28_000);
    expect(await names).toEqual(['West US', 'Japan East']);
    expect(onSlow).toHaveBeenCalledTimes(1);
  });

  it('has until the deadline', async () => {
    const client = { baseUrl: BASE_URL, fetch: answerAfter(HOUR_MS) };
    const asking = offeredLocations({ client, deadlineMs: 60_000, onSlow: jest.fn() });
    const [outcome] = await Promise.all([
      asking.catch((error: unknown) => error),
      jest.advanceTimersByTimeAsync(60_000),
    ]);
    expect(outcome).toMatchObject({
      name: 'NoBrokerError',
      message: `No final answer within 60000 ms (1 attempt). No answer from ${BASE_URL}: timed out.`,
    });
  });

  it('that answers soon is nothing to speak of', async () => {
    const onSlow = jest.fn();
    const client = { baseUrl: BASE_URL, fetch: answerAfter(1_900) };
    const names = offeredLocations({ client, deadlineMs: 60_000, onSlow });
    await jest.advanceTimersByTimeAsync(1_900);
    expect(await names).toEqual(['West US', 'Japan East']);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(onSlow).not.toHaveBeenCalled();
  });
});

test('a refused connection is reported at once, whatever the deadline', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const client = { baseUrl: `http://127.0.0.1:${port}` };
  await expect(offeredLocations({ client, deadlineMs: HOUR_MS, onSlow: jest.fn() })).rejects.toMatchObject({
    name: 'NoBrokerError',
    message: 'The connection failed (ECONNREFUSED).',
  });
});
