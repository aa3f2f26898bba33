import type { EndAnswer, Fleet } from '../../../lib/fleets/fleet.ts';
import type { FaultAction } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { startDoublingProxy } from '../../support/doublingProxy.ts';
import { type Credential, type FleetHarness, NOBODY } from './harness.ts';
import { NOT_ANSWERS } from './notAnswers.ts';
import { startRecorder } from './recorder.ts';

const UPSTREAM = 'canary-upstream';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** In milliseconds: a driver that loses its signal fails before its call would end by itself. */
const PROMPT = 15_000;

const FAILED = { kind: 'failed', reason: expect.any(String) as string };
const POINTS = ['received', 'allocated'] as const;

/**
 * What a driver that can give a host back must do, shown against its simulator; one that cannot has no such method.
 *
 * @param running the simulator that the suite has started by the time of its first test
 */
export function describeEnd(name: string, harness: FleetHarness, running: () => SimulatorHandle): void {
  const { ending, tokenRefused } = harness;
  if (ending === undefined) {
    it(`${name}: has no method that ends a session`, () => {
      expect(harness.createFleet(NOBODY, 'good').end).toBeUndefined();
    });
    return;
  }
  const match = { path: ending.path };
  let simulator: SimulatorHandle;
  let sessionId: string;

  beforeEach(async () => {
    simulator = running();
    await simulator.control.reset();
    sessionId = crypto.randomUUID();
  });

  interface Asked {
    readonly credential?: Credential;
    readonly signal?: AbortSignal;
    readonly url?: string;
  }
  const end = (asked: Asked = {}): Promise<EndAnswer> => {
    const { credential = 'good', signal = AbortSignal.timeout(20_000), url = simulator.url } = asked;
    return endWith(harness.createFleet(url, credential), sessionId, signal);
  };
  const start = async (of = sessionId) => {
    const request = { sessionId: of, locations: ['West US'], target: harness.target };
    const fleet = harness.createFleet(simulator.url, 'good');
    const answer = await fleet.allocate(request, { signal: AbortSignal.timeout(20_000) });
    expect(answer.kind).toBe('host');
  };
  const fault = (action: FaultAction, point: (typeof POINTS)[number] = 'received') =>
    simulator.control.faults.set({ match, point, action });
  /** Whether the hosts that the session had live, and the statuses of the calls to end it. */
  const seen = async (of = sessionId) => {
    const { hosts, asides } = await simulator.control.report({ sessions: [of] });
    const calls = asides.filter(({ path }) => path.startsWith(ending.path));
    return {
      live: hosts.map(({ endedAt }) => endedAt === undefined),
      statuses: calls.map(({ status }) => status),
      calls,
    };
  };

  describe(`${name}: a session that is ended`, () => {
    it('has no host any more, by one call, and the host stands by again', async () => {
      const before = await simulator.control.summary();
      await start();
      expect(await end()).toEqual({ kind: 'ended', status: ending.ok });
      expect(await seen()).toMatchObject({ live: [false], statuses: [ending.ok] });
      const after = await simulator.control.summary();
      expect(after.pools).toEqual(before.pools);
      expect(after.counts).toMatchObject({ hostsStarted: 1, hostsLive: 0 });
    });

    it('stays so, however often it is ended, and each time the fleet is asked', async () => {
      await start();
      expect((await end()).kind).toBe('ended');
      for (let more = 0; more < 2; more += 1) expect(['ended', 'no-host']).toContain((await end()).kind);
      const { live, statuses } = await seen();
      expect([live, statuses.length]).toEqual([[false], 3]);
    });

    it('is so for two that end it at the same time', async () => {
      await start();
      const kinds = (await Promise.all([end(), end()])).map(({ kind }) => kind);
      expect(kinds).toContain('ended');
      for (const kind of kinds) expect(['ended', 'no-host']).toContain(kind);
      expect((await seen()).live).toEqual([false]);
    });

    it('is no other session: its host lives on', async () => {
      const other = crypto.randomUUID();
      await start();
      await start(other);
      await end();
      expect([(await seen()).live, (await seen(other)).live]).toEqual([[false], [true]]);
    });

    it('is asked for with the trace context', async () => {
      await end();
      expect((await seen()).calls[0]).toMatchObject({ headers: { traceparent: TRACEPARENT } });
    });

    it('is asked for with its token, and with nothing else that is secret', async () => {
      const recorder = await startRecorder();
      try {
        expect(await end({ url: recorder.url })).toMatchObject(FAILED);
      } finally {
        await recorder.stop();
      }
      expect(recorder.requests).toHaveLength(1);
      expect(recorder.requests[0]).toContain(sessionId);
      const told = harness.secrets.filter((secret) => recorder.requests[0]?.includes(secret));
      expect(told).toHaveLength(tokenRefused === undefined ? 0 : 1);
    });
  });

  describe(`${name}: an end that finds no host`, () => {
    it('says so', async () => {
      expect(await end()).toEqual({ kind: 'no-host', status: expect.any(Number) as number });
      expect((await seen()).statuses).toHaveLength(1);
    });

    it('believes no status alone: what answers may not be the fleet', async () => {
      await start();
      for (const status of [404, 410]) {
        await fault({ type: 'status', status, body: UPSTREAM });
        expect(await end()).toMatchObject({ ...FAILED, status });
      }
    });
  });

  describe(`${name}: an end that fails, by one call and no more`, () => {
    it.each([201, 204, 301, 307, 400, 403, 404, 408, 409, 418, 429, 500, 502, 503, 504, 599])(
      'status %d',
      async (status) => {
        await start();
        await fault({ type: 'status', status, retryAfter: '7', body: UPSTREAM });
        expect(await end()).toEqual({ ...FAILED, status });
        expect(await seen()).toMatchObject({ live: [true], statuses: [status] });
      },
    );

    it.each(POINTS)('reset when %s; the next one confirms it', async (point) => {
      await start();
      await fault({ type: 'reset' }, point);
      expect(await end()).toEqual(FAILED);
      expect((await seen()).live).toEqual([point === 'received']);
      await simulator.control.faults.clear();
      expect((await end()).kind).toBe(point === 'received' ? 'ended' : 'no-host');
      expect((await seen()).live).toEqual([false]);
    });

    it.each(POINTS)(
      'cancelled when %s, there and then; the next one confirms it',
      async (point) => {
        await start();
        await simulator.control.hold({ point, match });
        const abort = new AbortController();
        const answer = end({ signal: abort.signal });
        await simulator.control.waitForParked(1);
        abort.abort();
        expect(await answer).toEqual(FAILED);
        expect((await seen()).live).toEqual([point === 'received']);
        // The call that nobody waits for goes on, as a real one does.
        await simulator.control.release();
        expect(['ended', 'no-host']).toContain((await end()).kind);
        expect((await seen()).live).toEqual([false]);
      },
      PROMPT,
    );

    it('half of the answer; the next one confirms it', async () => {
      await start();
      await simulator.control.faults.set({ match, times: 1, action: { type: 'half-body' } });
      expect(await end()).toMatchObject(FAILED);
      expect(['ended', 'no-host']).toContain((await end()).kind);
    });

    it('nobody listens', async () => {
      const reason = expect.stringContaining('endpoint') as string;
      expect(await end({ url: NOBODY })).toEqual({ kind: 'failed', reason });
    });

    it(
      'an answer that trickles ends with its signal',
      async () => {
        await start();
        await simulator.control.faults.set({ match, action: { type: 'slow-body', ms: 600_000 } });
        expect(await end({ signal: AbortSignal.timeout(1_000) })).toMatchObject(FAILED);
      },
      PROMPT,
    );

    it('a call whose time is up is not made', async () => {
      await start();
      expect(await end({ signal: AbortSignal.abort() })).toEqual(FAILED);
      expect(await seen()).toMatchObject({ live: [true], statuses: [] });
    });
  });

  const undecodable: Readonly<Record<string, FaultAction>> = {
    'of a coding that nobody knows': { type: 'coding', coding: 'zstd' },
    '16 MiB in some bytes': { type: 'coding', coding: 'gzip', zeros: 16 * 1024 * 1024 },
  };
  it.each(Object.entries({ ...NOT_ANSWERS, ...undecodable, ...ending.hostile }))(
    `${name}: a yes that is %s is not believed`,
    async (_, action) => {
      await start();
      await simulator.control.faults.set({ match, action });
      expect(await end()).toEqual({ ...FAILED, status: ending.ok });
      expect((await seen()).statuses).toHaveLength(1);
    },
  );

  it(`${name}: an answer that is delivered twice is no other session\u2019s`, async () => {
    const proxy = await startDoublingProxy(simulator.url, 'with-next');
    const fleet = harness.createFleet(proxy.url, 'good');
    const ask = (of: string) => endWith(fleet, of, AbortSignal.timeout(20_000));
    try {
      await start();
      expect((await ask(sessionId)).kind).toBe('ended');
      expect((await ask(crypto.randomUUID())).kind).toBe('no-host');
    } finally {
      await proxy.stop();
    }
  });

  if (tokenRefused !== undefined)
    describe(`${name}: the token of an end`, () => {
      it('is renewed once where it is refused', async () => {
        await start();
        expect((await end({ credential: 'renewable' })).kind).toBe('ended');
        expect((await seen()).statuses).toEqual([tokenRefused, ending.ok]);
      });

      it('is the end of it where a fresh one is refused too', async () => {
        await start();
        expect(await end({ credential: 'refused' })).toEqual({ ...FAILED, status: tokenRefused });
        expect(await seen()).toMatchObject({ live: [true], statuses: [tokenRefused, tokenRefused] });
      });

      it.each(['unavailable', 'slow'] as const)('cannot be had (%s): nothing is sent', async (credential) => {
        const answer = await end({ credential, signal: AbortSignal.timeout(200) });
        expect(answer).toEqual({ kind: 'failed', reason: expect.stringContaining('token') as string });
        expect((await seen()).statuses).toEqual([]);
      });
    });

  it(`${name}: no answer to an end carries a secret or upstream text, and nothing is printed`, async () => {
    const printed = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
    const outcomes: EndAnswer[] = [];
    for (const status of [301, 400, 401, 403, 404, 409, 429, 500]) {
      await fault({ type: 'status', status, body: `{"errorMessage":"${UPSTREAM}"}`, retryAfter: UPSTREAM });
      outcomes.push(await end());
    }
    for (const text of [UPSTREAM, `{"${UPSTREAM}":1}`, `{"error":"${UPSTREAM}"}`]) {
      await simulator.control.faults.set({ match, action: { type: 'body', text } });
      outcomes.push(await end());
    }
    await simulator.control.faults.clear();
    const poor = tokenRefused === undefined ? [] : (['refused', 'unavailable', 'slow'] as const);
    for (const credential of poor) outcomes.push(await end({ credential, signal: AbortSignal.timeout(200) }));
    const lines = printed.flatMap((spy) => spy.mock.calls);
    printed.forEach((spy) => spy.mockRestore());

    expect(lines).toEqual([]);
    for (const secret of [UPSTREAM, ...harness.secrets])
      expect(JSON.stringify(outcomes)).not.toContain(secret);
  }, 20_000);
}

/** @throws Error where the driver has no such method */
function endWith(fleet: Fleet, sessionId: string, signal: AbortSignal): Promise<EndAnswer> {
  if (fleet.end === undefined) throw new Error('The driver cannot end a session.');
  return fleet.end(sessionId, { signal, traceparent: TRACEPARENT });
}
