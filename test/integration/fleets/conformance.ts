import type { FleetAnswer, FleetRequest } from '../../../lib/fleets/fleet.ts';
import type { FaultAction } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { startDoublingProxy } from '../../support/doublingProxy.ts';
import { describeEnd } from './endConformance.ts';
import { type Credential, type FleetHarness, NOBODY } from './harness.ts';
import { NOT_ANSWERS } from './notAnswers.ts';
import { startRecorder } from './recorder.ts';

const COOKIE = 'canary-cookie';
const UPSTREAM = 'canary-upstream';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** In milliseconds: a driver that loses its signal fails before its call would end by itself. */
const PROMPT = 15_000;

/** What a driver must do to be one, shown against its simulator. Every driver runs this same suite. */
export function describeFleet(name: string, harness: FleetHarness): void {
  const { ok, tokenRefused } = harness;
  const started: SimulatorHandle[] = [];
  let simulator: SimulatorHandle;
  let sessionId: string;

  beforeAll(async () => {
    simulator = await harness.start();
    started.push(simulator);
  });
  afterAll(() => Promise.all(started.map((each) => each.stop())));
  beforeEach(async () => {
    await simulator.control.reset();
    sessionId = crypto.randomUUID();
  });

  const fleet = (credential: Credential = 'good') => harness.createFleet(simulator.url, credential);
  const allocate = (
    request: Partial<FleetRequest> = {},
    {
      credential,
      signal = AbortSignal.timeout(20_000),
    }: { credential?: Credential; signal?: AbortSignal } = {},
  ): Promise<FleetAnswer> =>
    fleet(credential).allocate(
      { sessionId, locations: ['West US', 'East US'], target: harness.target, ...request },
      { signal, traceparent: TRACEPARENT },
    );
  const seen = async () => {
    const { hosts, calls } = await simulator.control.report({ sessions: [sessionId] });
    return { hosts: hosts.length, statuses: calls.map(({ status }) => status), calls };
  };
  /** All calls for a host, of whatever session. */
  const callsMade = async () => (await simulator.control.summary()).counts.calls;
  const fault = (action: FaultAction, point: 'received' | 'allocated' = 'received') =>
    simulator.control.faults.set({ point, action });

  describe(`${name}: the session's host`, () => {
    it('is answered with what a client needs, and nothing else', async () => {
      const answer = await allocate();
      expect(answer).toMatchObject({ kind: 'host', status: ok });
      const { host } = answer as Extract<FleetAnswer, { kind: 'host' }>;
      const members = Object.keys(host).filter((member) => member !== 'secureContext');
      expect(members.sort()).toEqual(['hostName', 'ports', 'region']);
      expect(host.ports.length).toBeGreaterThan(0);
      const { hosts } = await simulator.control.report({ sessions: [sessionId] });
      expect(host.hostName).toBe(hosts[0]?.hostName);
      expect(host.ports.map(({ name: portName, port }) => [portName, port])).toEqual(
        hosts[0]?.ports.map(({ name: portName, external }) => [portName, external]),
      );
    });

    it('is the same one, however often it is asked for', async () => {
      const first = await allocate();
      const second = await allocate();
      expect(hostOf(second)).toEqual(hostOf(first));
      // Told by the fleet each time: a host that a driver remembers may have ended.
      expect(await seen()).toMatchObject({ hosts: 1, statuses: [ok, ok] });
      expect(await callsMade()).toBe(2);
    });

    it('is one for two that ask at the same time', async () => {
      const answers = await Promise.all([allocate(), allocate()]);
      for (const { kind } of answers) expect(['host', 'starting']).toContain(kind);
      expect((await seen()).hosts).toBe(1);
      expect(await callsMade()).toBe(2);
    });

    it('comes from the first location that has one', async () => {
      await simulator.control.setPools({ 'West US': 0 });
      expect(regionOf(await allocate())).toBe('eastus');
    });

    it('comes from the location asked for first, where both have one', async () => {
      expect(regionOf(await allocate({ locations: ['East US', 'West US'] }))).toBe('eastus');
    });

    it('is asked for in all of its locations, in their order', async () => {
      // In one that no sorting gives.
      await allocate({ locations: ['West US', 'East US', 'North Europe'] });
      const { calls } = await seen();
      expect(calls[0]?.locations?.map(normalised)).toEqual(['westus', 'eastus', 'northeurope']);
    });

    it('is another one for another session', async () => {
      const first = await allocate();
      const second = await allocate({ sessionId: crypto.randomUUID() });
      expect(hostOf(second).hostName + JSON.stringify(hostOf(second).ports)).not.toBe(
        hostOf(first).hostName + JSON.stringify(hostOf(first).ports),
      );
    });

    it('is asked for with the cookie as it is, and with the trace context', async () => {
      await allocate({ sessionCookie: 'ä "quoted"\n' });
      const { calls } = await seen();
      expect(calls[0]).toMatchObject({ cookie: 'ä "quoted"\n', headers: { traceparent: TRACEPARENT } });
    });

    it('is asked for without a cookie where there is none', async () => {
      await allocate();
      expect((await seen()).calls[0]).not.toHaveProperty('cookie');
    });

    it('is asked for with its token, and with nothing else that is secret', async () => {
      const recorder = await startRecorder();
      try {
        const request = { sessionId, locations: ['West US'], target: harness.target };
        const signal = AbortSignal.timeout(20_000);
        await harness.createFleet(recorder.url, 'good').allocate(request, { signal });
      } finally {
        await recorder.stop();
      }
      expect(recorder.requests).toHaveLength(1);
      const told = harness.secrets.filter((secret) => recorder.requests[0]?.includes(secret));
      expect(told).toHaveLength(tokenRefused === undefined ? 0 : 1);
    });
  });

  describe(`${name}: each outcome, by one call and no more`, () => {
    it('starting: the host is not Active yet', async () => {
      await simulator.control.reset({ firstCall: 'conflict', activationMs: 600_000 });
      expect(await allocate()).toMatchObject({ kind: 'starting' });
      expect((await seen()).statuses).toHaveLength(1);
    });

    it('no-capacity: no host is StandingBy in the locations', async () => {
      await simulator.control.setPools({ 'West US': 0, 'East US': 0 });
      expect(await allocate()).toMatchObject({ kind: 'no-capacity' });
      expect((await seen()).statuses).toHaveLength(1);
    });

    it.each(harness.statuses)('status %d', async (status, expected) => {
      await fault({ type: 'status', status, retryAfter: '7', body: UPSTREAM });
      expect(await allocate()).toMatchObject({ status, ...expected });
      expect((await seen()).statuses).toEqual([status]);
    });

    it.each(['received', 'allocated'] as const)('unknown: reset when %s', async (point) => {
      await fault({ type: 'reset' }, point);
      expect(await allocate()).toEqual({ kind: 'unknown', reason: 'connection-lost' });
      expect((await seen()).statuses).toHaveLength(1);
    });

    it('unknown: half of the answer, and then the same host', async () => {
      await simulator.control.faults.set({ times: 1, action: { type: 'half-body' } });
      expect(await allocate()).toEqual({ kind: 'unknown', reason: 'connection-lost' });
      expect((await allocate()).kind).toBe('host');
      expect((await seen()).hosts).toBe(1);
    });

    it('failed, nothing started: nobody listens', async () => {
      const answer = await harness
        .createFleet(NOBODY, 'good')
        .allocate(
          { sessionId, locations: ['West US'], target: harness.target },
          { signal: AbortSignal.timeout(20_000) },
        );
      expect(answer).toEqual({
        kind: 'failed',
        maybeStarted: false,
        reason: expect.stringContaining('endpoint') as string,
      });
    });
  });

  describe(`${name}: an answer that is delivered twice on a kept connection`, () => {
    it.each(['at-once', 'with-next'] as const)('%s: is no other session\u2019s', async (secondCopy) => {
      const proxy = await startDoublingProxy(simulator.url, secondCopy);
      const doubled = harness.createFleet(proxy.url, 'good');
      try {
        for (let round = 0; round < 20; round += 1) {
          const of = crypto.randomUUID();
          const answer = await doubled.allocate(
            { sessionId: of, locations: ['West US'], target: harness.target },
            { signal: AbortSignal.timeout(20_000) },
          );
          const { hosts } = await simulator.control.report({ sessions: [of] });
          expect(hostOf(answer).hostName).toBe(hosts[0]?.hostName);
          expect(hostOf(answer).ports).toMatchObject(
            hosts[0]?.ports.map(({ external }) => ({ port: external })) ?? [],
          );
        }
      } finally {
        await proxy.stop();
      }
    });

    it('a refusal is none of the next session either: its host would be forgotten', async () => {
      const proxy = await startDoublingProxy(simulator.url, 'with-next');
      const doubled = harness.createFleet(proxy.url, 'good');
      const request = { locations: ['West US'], target: harness.target };
      const ask = (of: string) =>
        doubled.allocate({ ...request, sessionId: of }, { signal: AbortSignal.timeout(20_000) });
      try {
        await simulator.control.setPools({ 'West US': 0 });
        expect((await ask(crypto.randomUUID())).kind).toBe('no-capacity');
        await simulator.control.setPools({ 'West US': 10 });
        expect((await ask(crypto.randomUUID())).kind).toBe('host');
      } finally {
        await proxy.stop();
      }
    });
  });

  describe(`${name}: deadline and cancellation`, () => {
    it.each(['received', 'allocated'] as const)(
      'a call that hangs when %s ends with its signal, and the next gets the one host',
      async (point) => {
        const hold = await simulator.control.hold({ point });
        const abort = new AbortController();
        const answer = allocate({}, { signal: abort.signal });
        await simulator.control.waitForParked(1);
        abort.abort();
        expect(await answer).toEqual({ kind: 'unknown', reason: 'timeout' });
        await simulator.control.release({ holdId: hold.holdId });
        expect((await allocate()).kind).toBe('host');
        expect((await seen()).hosts).toBe(1);
      },
      PROMPT,
    );

    it(
      'an answer that trickles ends with its signal',
      async () => {
        await simulator.control.faults.set({ action: { type: 'slow-body', ms: 600_000 } });
        const answer = await allocate({}, { signal: AbortSignal.timeout(2_000) });
        expect(answer).toEqual({ kind: 'unknown', reason: 'timeout' });
      },
      PROMPT,
    );

    it(
      'a call whose time is up is not made',
      async () => {
        const answer = await allocate({}, { signal: AbortSignal.abort() });
        expect(answer).toMatchObject({ kind: 'failed', maybeStarted: false });
        expect((await seen()).statuses).toEqual([]);
      },
      PROMPT,
    );
  });

  it(
    `${name}: credentials can be checked without starting a host`,
    async () => {
      await expect(fleet().checkCredentials(AbortSignal.timeout(20_000))).resolves.toBeUndefined();
      expect((await simulator.control.report()).hosts).toEqual([]);
    },
    PROMPT,
  );

  if (tokenRefused !== undefined)
    describe(`${name}: tokens`, () => {
      it(
        'one that is refused is renewed once',
        async () => {
          expect((await allocate({}, { credential: 'renewable' })).kind).toBe('host');
          expect((await seen()).statuses).toEqual([tokenRefused, ok]);
        },
        PROMPT,
      );

      it(
        'a fresh one that is refused too is the end of it',
        async () => {
          const answer = await allocate({}, { credential: 'refused' });
          expect(answer).toMatchObject({ kind: 'rejected', status: tokenRefused });
          expect((await seen()).statuses).toEqual([tokenRefused, tokenRefused]);
        },
        PROMPT,
      );

      it.each(['unavailable', 'slow'] as const)(
        'none (%s): nothing is sent',
        async (credential) => {
          const answer = await allocate({}, { credential, signal: AbortSignal.timeout(200) });
          expect(answer).toEqual({
            kind: 'failed',
            maybeStarted: false,
            reason: expect.stringContaining('token') as string,
          });
          expect(await callsMade()).toBe(0);
        },
        PROMPT,
      );

      it.each(['unavailable', 'slow'] as const)(
        'none (%s): the check says so',
        async (credential) => {
          const check = fleet(credential).checkCredentials(AbortSignal.timeout(200));
          await expect(check).rejects.toThrow(/token/);
        },
        PROMPT,
      );
    });

  describe(`${name}: hostile answers`, () => {
    it.each(Object.entries({ ...NOT_ANSWERS, ...harness.hostile }))(
      '%s is not believed',
      async (_, action) => {
        await simulator.control.faults.set({ action });
        expect(await allocate()).toEqual({
          kind: 'unreadable',
          status: ok,
          reason: expect.any(String) as string,
        });
        expect((await seen()).statuses).toHaveLength(1);
      },
    );

    it.each(['gzip', 'deflate', 'br', 'x-gzip, identity', 'GZIP', 'gzip, br'])(
      'a host compressed by %s, unasked, is one',
      async (coding) => {
        await simulator.control.faults.set({ action: { type: 'coding', coding } });
        expect((await allocate()).kind).toBe('host');
      },
    );

    it.each([
      [
        'a coding that nobody knows',
        { coding: 'zstd' },
        'The answer has the content coding zstd, which is not understood.',
      ],
      ['a coding that it does not have', { coding: 'gzip, zstd, br' }, /zstd/],
      [
        '16 MiB in some bytes',
        { coding: 'gzip', zeros: 16 * 1024 * 1024 },
        'The answer is too large to be one.',
      ],
      [
        '16 MiB in fewer',
        { coding: 'gzip, gzip', zeros: 16 * 1024 * 1024 },
        'The answer is too large to be one.',
      ],
      ['the same by br', { coding: 'br', zeros: 16 * 1024 * 1024 }, 'The answer is too large to be one.'],
    ])('%s is not believed, and says so', async (_, coding, reason) => {
      await simulator.control.faults.set({ action: { type: 'coding', ...coding } });
      expect(await allocate()).toEqual({
        kind: 'unreadable',
        status: ok,
        reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string),
      });
    });

    it('a wrong content type alone does no harm', async () => {
      await simulator.control.faults.set({ action: { type: 'content-type', contentType: 'text/html' } });
      expect((await allocate()).kind).toBe('host');
    });

    it('members that nobody asked for go nowhere', async () => {
      await simulator.control.faults.set({
        action: { type: 'override', deep: true, members: harness.extraMembers },
      });
      const answer = await allocate();
      expect(answer.kind).toBe('host');
      expect(JSON.stringify(answer)).not.toMatch(/canary/i);
    });
  });

  it(`${name}: no path of an answer or an error carries a secret or upstream text, and nothing is printed`, async () => {
    const printed = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
    const request = { sessionCookie: COOKIE };
    const outcomes: unknown[] = [];
    for (const status of [400, 401, 403, 404, 408, 409, 418, 429, 500, 503, 301]) {
      await fault({ type: 'status', status, body: `{"message":"${UPSTREAM}"}`, retryAfter: UPSTREAM });
      outcomes.push(await allocate(request));
    }
    for (const text of [UPSTREAM, `{"hostName":"${UPSTREAM} "}`, `{"${UPSTREAM}":1}`]) {
      await simulator.control.faults.set({ action: { type: 'body', text } });
      outcomes.push(await allocate(request));
    }
    await simulator.control.faults.clear();
    const poor = tokenRefused === undefined ? [] : (['refused', 'unavailable', 'slow'] as const);
    for (const credential of poor) {
      outcomes.push(await allocate(request, { credential, signal: AbortSignal.timeout(200) }));
      outcomes.push(await fleet(credential).checkCredentials(AbortSignal.timeout(200)).catch(textOf));
    }
    const lines = printed.flatMap((spy) => spy.mock.calls);
    printed.forEach((spy) => spy.mockRestore());

    expect(lines).toEqual([]);
    for (const secret of [COOKIE, UPSTREAM, ...harness.secrets]) {
      expect(JSON.stringify(outcomes)).not.toContain(secret);
    }
  }, 20_000);

  describeEnd(name, harness, () => simulator);
}

function hostOf(answer: FleetAnswer): { hostName: string; ports: unknown } {
  if (answer.kind !== 'host') throw new Error(`No host but: ${JSON.stringify(answer)}`);
  const { hostName, ports } = answer.host;
  return { hostName, ports };
}

function regionOf(answer: FleetAnswer): string | undefined {
  return answer.kind === 'host' ? normalised(answer.host.region) : undefined;
}

function normalised(location: string): string {
  return location.replaceAll(' ', '').toLowerCase();
}

function textOf(error: unknown): string {
  return error instanceof Error
    ? `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`
    : String(error);
}
