import { execFile, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { spawnSessionHosts } from '../../../local/sessionHosts/spawn.ts';
import { hostOf, post, requestBody, socketError, socketsUsed } from './calls.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const certOut = join(folder.path, 'ca.pem');
let simulator: SimulatorHandle;

beforeAll(async () => {
  simulator = await spawnSessionHosts({
    token: 'secret',
    activationMs: 0,
    httpsPort: 0,
    certOut,
    qosUdpPort: 0,
  });
});
afterAll(async () => {
  await simulator.stop();
  folder.remove();
});
beforeEach(() => simulator.control.reset());

test('a call held behind the allocation is parked with its host started; released, it is answered', async () => {
  const held = requestBody();
  await simulator.control.hold({ point: 'allocated', match: { sessionId: String(held['sessionId']) } });
  const answer = post(simulator.url, held);
  expect(await simulator.control.waitForParked(1)).toEqual([
    { callId: 1, holdId: 1, point: 'allocated', sessionId: held['sessionId'] },
  ]);
  expect((await post(simulator.url, requestBody())).status).toBe(200);
  expect((await simulator.control.summary()).counts).toMatchObject({ hostsStarted: 2, openCalls: 1 });
  expect(await simulator.control.release()).toBe(1);
  expect((await answer).status).toBe(200);
});

test('a call held on arrival has started nothing; one call or one hold can be released alone', async () => {
  const first = await simulator.control.hold({ point: 'received', match: { path: '/titles' } });
  const answers = [post(simulator.url, requestBody()), post(simulator.url, requestBody())];
  const parked = await simulator.control.waitForParked(2);
  expect((await simulator.control.summary()).counts.hostsStarted).toBe(0);
  expect(await simulator.control.release({ callId: parked[0]?.callId ?? 0 })).toBe(1);
  await Promise.race(answers);
  expect((await simulator.control.summary()).counts.hostsStarted).toBe(1);
  expect(await simulator.control.release({ holdId: first.holdId })).toBe(1);
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await post(simulator.url, requestBody())).status).toBe(200);
});

test('waiting for more calls than come ends with how many there were', async () => {
  await expect(simulator.control.waitForParked(2, 20)).rejects.toThrow(
    '0 of 2 calls were parked after 20 ms.',
  );
});

test('a reset breaks off parked calls, which then start nothing in the new world', async () => {
  await simulator.control.hold({ point: 'received' });
  const parked = post(simulator.url, requestBody());
  await simulator.control.waitForParked(1);
  await simulator.control.reset();
  expect(await socketError(parked)).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  expect((await simulator.control.summary()).counts).toMatchObject({
    calls: 0,
    hostsStarted: 0,
    openCalls: 0,
  });
});

test('the report has every host and call, and ties an answer to its call', async () => {
  const body = requestBody({ sessionCookie: 'opaque' });
  const { secureContext, hostName } = await hostOf(
    await post(simulator.url, body, {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    }),
  );
  const report = await simulator.control.report();
  expect(report.hosts).toMatchObject([{ sessionId: body['sessionId'], location: 'West US', hostName }]);
  expect(report.calls).toMatchObject([
    {
      callId: 1,
      sessionId: body['sessionId'],
      locations: ['West US', 'East US'],
      cookie: 'opaque',
      authorized: true,
      status: 200,
      outcome: 'started',
      hostId: report.hosts[0]?.hostId,
      answerMark: secureContext,
      headers: {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'x-xbl-contract-version': '8',
      },
    },
  ]);
  expect(JSON.stringify(report)).not.toContain('secret');
});

test('two calls of one session at the same time are reported as an overlap, with its session', async () => {
  const body = requestBody();
  await simulator.control.hold({ point: 'allocated' });
  const first = post(simulator.url, body);
  await simulator.control.waitForParked(1);
  const second = post(simulator.url, body);
  await simulator.control.waitForParked(2);
  await simulator.control.release();
  await Promise.all([first, second]);
  await post(simulator.url, body);
  const report = await simulator.control.summary();
  expect(report.overlaps).toMatchObject([
    { sessionId: body['sessionId'], first: 1, second: 2, firstEnd: 'answered' },
  ]);
  expect(report.overlapsPerSession).toEqual({ [String(body['sessionId'])]: 1 });
});

test('a report can be of some sessions alone, and a summary is without its lists', async () => {
  const bodies = [requestBody(), requestBody()];
  for (const body of bodies) await post(simulator.url, body);
  const wanted = String(bodies[1]?.['sessionId']);
  const report = await simulator.control.report({ sessions: [wanted] });
  expect(report.calls.map(({ sessionId }) => sessionId)).toEqual([wanted]);
  expect(report.hosts.map(({ sessionId }) => sessionId)).toEqual([wanted]);
  const summary = await simulator.control.summary();
  expect(summary).not.toHaveProperty('calls');
  expect(summary.counts.calls).toBe(2);
});

test('past the number of calls kept, the oldest are dropped and counted', async () => {
  await simulator.control.reset({ maxCalls: 2 });
  for (let call = 0; call < 3; call += 1) await post(simulator.url, requestBody());
  const { calls, counts, maxCalls } = await simulator.control.report();
  expect(calls.map(({ callId }) => callId)).toEqual([2, 3]);
  expect([counts.calls, counts.droppedCalls, maxCalls]).toEqual([3, 1, 2]);
});

test('control calls with mistakes are told what is wrong', async () => {
  const control = `${simulator.url}/_control`;
  const answers = await Promise.all([
    fetch(`${control}/hold`, { method: 'POST', body: '{"point":"later"}' }),
    fetch(`${control}/pools`, { method: 'POST', body: '{' }),
    fetch(`${control}/waiting?count=x`),
    fetch(`${control}/nothing`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 404]);
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([
    expect.stringContaining('/point must be equal to one of the allowed values'),
    expect.stringContaining('The body is not JSON'),
    expect.stringContaining('count must be a whole number'),
    expect.stringContaining('POST hosts/{sessionId}/end'),
  ]);
});

test.each([
  ['down', 500],
  ['refused', 403],
  ['full', 503],
])('the fault "%s" by its name: every call is answered %i, until it is taken back', async (name, status) => {
  const known = requestBody();
  expect((await post(simulator.url, known)).status).toBe(200);
  const control = `${simulator.url}/_control/faults`;
  expect((await fetch(`${control}/${name}`, { method: 'POST' })).status).toBe(200);
  expect((await post(simulator.url, requestBody())).status).toBe(status);
  // A fleet without a free server keeps the sessions that have one.
  expect((await post(simulator.url, known)).status).toBe(name === 'full' ? 200 : status);
  await fetch(control, { method: 'DELETE' });
  expect((await post(simulator.url, requestBody())).status).toBe(200);
});

test('a fault by a name that there is not', async () => {
  const answer = await fetch(`${simulator.url}/_control/faults/sad`, { method: 'POST' });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    {
      error: 'the name must be one of down, refused, full, slow, garbled, lost',
      problems: ['the name must be one of down, refused, full, slow, garbled, lost'],
    },
  ]);
});

test('--fault: misbehaves from the start', async () => {
  const down = await spawnSessionHosts({ token: 'secret', fault: 'down' });
  const { status } = await post(down.url, requestBody());
  await down.stop();
  expect(status).toBe(500);
});

test('connections are kept alive', async () => {
  expect(await socketsUsed(simulator.url, 5)).toBe(1);
});

test('TLS: a process that trusts the written certificate gets through', async () => {
  expect(readFileSync(certOut, 'utf8')).toBe(simulator.certificate);
  const script = `fetch('${simulator.httpsUrl ?? ''}/_control/health').then(async (r) => console.log(await r.text()))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certOut },
  });
  expect(JSON.parse(stdout)).toEqual({ status: 'ok', protocol: 'sessionhosts' });
});

test('latency can be measured: over HTTP from any origin, over UDP with the flipped prefix', async () => {
  const ping = await fetch(`${simulator.url}/qos`);
  expect([ping.status, ping.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  const socket = createSocket('udp4');
  socket.send(Buffer.from([0xff, 0xff, 1, 2]), simulator.qosUdpPort ?? 0, '127.0.0.1');
  const [reply] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  expect([...reply]).toEqual([0, 0, 1, 2]);
});

test('XBL3.0: the token is taken in that scheme alone', async () => {
  const xbl = await spawnSessionHosts({ token: 'secret', scheme: 'XBL3.0', activationMs: 0 });
  const statuses = [
    (await post(xbl.url, requestBody(), { authorization: 'XBL3.0 x=-;secret' })).status,
    (await post(xbl.url, requestBody())).status,
  ];
  await xbl.stop();
  expect(statuses).toEqual([200, 401]);
  expect([xbl.child.exitCode, xbl.child.signalCode]).toEqual([0, null]);
});

test('a port in use is named, and the process ends', async () => {
  const port = Number(new URL(simulator.url).port);
  await expect(spawnSessionHosts({ port })).rejects.toThrow(
    `EADDRINUSE: address already in use 127.0.0.1:${port}`,
  );
});

test('it prints one line per call when asked, and ends when its parent is gone', async () => {
  const main = join(__dirname, '../../../local/sessionHosts/main.ts');
  const child = fork(main, ['--port', '0', '--log', '--activation-ms', '0'], { execArgv: [], silent: true });
  let printed = '';
  child.stdout?.on('data', (piece: Buffer) => (printed += piece.toString()));
  const [ready] = (await once(child, 'message')) as [{ port: number }];
  const body = requestBody();
  await (await post(`http://127.0.0.1:${ready.port}`, body)).text();
  const gone = once(child, 'exit');
  const read = child.stdout && once(child.stdout, 'end');
  child.disconnect();
  expect(await gone).toEqual([0, null]);
  await read;
  expect(printed).toContain(`sessionhosts simulator ready: http://127.0.0.1:${ready.port}`);
  expect(printed).toMatch(
    new RegExp(`200 started session=${String(body['sessionId'])} host-1-[0-9a-f]{8} \\d+ ms`),
  );
});
