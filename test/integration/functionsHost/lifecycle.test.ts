import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { appWithEntry, bundledApp, emptyApp, removeFolders, send, startHost, writeJson } from './support.ts';

const main = join(__dirname, '../../../local/functionsHost/main.ts');
let app: string;

beforeAll(() => {
  app = bundledApp();
});
afterAll(removeFolders);

describe('a host that cannot start says why and exits with 1', () => {
  test('no bundle', async () => {
    await expect(startHost({ app: emptyApp() })).rejects.toThrow(
      /main\.cjs does not exist: run npm run build/,
    );
  });

  test('no host.json', async () => {
    await expect(startHost({ app: join(app, 'dist') })).rejects.toThrow(
      /host\.json cannot be read \(ENOENT\)/,
    );
  });

  test('host.json that is not JSON', async () => {
    const folder = emptyApp();
    writeFileSync(join(folder, 'host.json'), '{"version": "2.0",}');
    await expect(startHost({ app: folder })).rejects.toThrow(/host\.json is not valid JSON/);
  });

  test('host.json of another version', async () => {
    await expect(startHost({ app: emptyApp({ version: '1.0' }) })).rejects.toThrow(
      /"version" must be "2\.0"/,
    );
  });

  test('a port that is taken', async () => {
    const first = await startHost({ app });
    await expect(startHost({ app, port: first.port })).rejects.toThrow(`port ${first.port} is taken`);
    await first.stop();
  });

  test('a route constraint', async () => {
    const folder = appWithEntry(`
        const core = require('@azure/functions-core');
        const bindings = { request: { type: 'httpTrigger', direction: 'in', route: 'v1/{id:guid}' } };
        core.registerFunction({ name: 'constrained', bindings }, () => ({}));
      `);
    await expect(startHost({ app: folder })).rejects.toThrow(/"{id:guid}" is not supported here/);
  });

  test('a key file without a master key', async () => {
    const keys = writeJson(app, 'bad-keys.json', { host: {} });
    await expect(startHost({ app, keys })).rejects.toThrow(/bad-keys\.json: "master" must be a key/);
  });

  test('the exit code', async () => {
    const child = fork(main, ['--app', emptyApp()], {
      execArgv: [],
      silent: true,
    });
    expect(await once(child, 'exit')).toStrictEqual([1, null]);
  });
});

test('an entry that throws takes every route down with an empty 500, and the host stays up', async () => {
  const host = await startHost({ app: appWithEntry(`throw new Error('a mistake at the top level');`) });
  for (const path of ['/api/anything', '/api/v1/allocations']) {
    const { status, body } = await send(`${host.url}${path}`);
    expect([status, body.length]).toStrictEqual([500, 0]);
  }
  expect(JSON.parse((await send(`${host.url}/admin/host/status`)).body.toString())).toMatchObject({
    state: 'Error',
  });
  expect(await host.line('a mistake at the top level')).toContain('the app did not start');
  await host.stop();
});

test('functions can be registered during startup only, and once', async () => {
  const entry = `
    const core = require('@azure/functions-core');
    const bindings = { request: { type: 'httpTrigger', direction: 'in' } };
    core.registerFunction({ name: 'one', bindings }, () => ({}));
    try { core.registerFunction({ name: 'one', bindings }, () => ({})); } catch (e) { console.log(e.message); }
    try { core.registerHook('preInvocation', () => {}); } catch (e) { console.log(e.name, e.message); }
    setImmediate(() => {
      try { core.registerFunction({ name: 'late', bindings }, () => ({})); } catch (e) { console.log(e.message); }
    });
  `;
  const host = await startHost({ app: appWithEntry(entry) });
  expect(await host.line('registered twice')).toBe('function "one" is registered twice');
  expect(await host.line('RangeError')).toBe('RangeError this host does not run the hook "preInvocation"');
  expect(await host.line('late')).toBe(
    'function "late": functions can only be registered during app startup',
  );
  await host.stop();
});

test('the ready line names the address, and every function where it is', async () => {
  const host = await startHost({ app });
  expect(await host.line('listening')).toContain(`Functions host listening on ${host.url}`);
  expect(await host.line('  echo:')).toContain(`echo: [GET,POST] ${host.url}/api/v1/echo/{id?}`);
  expect(await host.line('  tick:')).toContain(`POST ${host.url}/admin/functions/tick`);
  await host.stop();
});

test('SIGTERM lets a running invocation end, runs the terminate hooks and exits with 0', async () => {
  const host = await startHost({ app });
  const exited = once(host.child, 'exit');
  const answer = fetch(`${host.url}/api/slow`);
  await host.line('slow has started');
  await host.stop();
  expect(await (await answer).text()).toBe('ended in peace');
  expect(await exited).toStrictEqual([0, null]);
  expect(await host.line('terminate hook ran')).toBe('terminate hook ran');
  // fetch keeps its connection alive: the host must not wait for it once it has answered.
  expect(host.lines.filter((line) => line.includes('stopped after'))).toStrictEqual([]);
});

test('what has reached the machine before SIGTERM is answered, although the process was too busy to take it in', async () => {
  const host = await startHost({ app });
  const exited = once(host.child, 'exit');
  const request = 'GET /api/v1/echo HTTP/1.1\r\nhost: x\r\n\r\n';
  // Stopped, it takes in nothing; when it goes on, the connections, their requests and the signal are there at once.
  host.child.kill('SIGSTOP');
  const sockets = Array.from({ length: 100 }, () => connect(host.port, '127.0.0.1'));
  const answers = sockets.map(text);
  await Promise.all(sockets.map((socket) => new Promise((written) => socket.write(request, written))));
  host.child.kill('SIGTERM');
  host.child.kill('SIGCONT');
  const statuses = await Promise.all(answers.map((answer) => answer.then(statusLine, String)));
  expect(new Set(statuses)).toEqual(new Set(['HTTP/1.1 200 OK']));
  expect(await exited).toStrictEqual([0, null]);
});

test('a word from its parent stops it as a signal does, for where there are no signals', async () => {
  const host = await startHost({ app });
  const exited = once(host.child, 'exit');
  const answer = fetch(`${host.url}/api/untilTerminated`);
  await host.line('untilTerminated has started');
  host.child.send('stop');
  expect(await (await answer).text()).toBe('the hook ran first');
  expect(await exited).toStrictEqual([0, null]);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s runs the terminate hooks while invocations run',
  async (signal) => {
    const host = await startHost({ app });
    const exited = once(host.child, 'exit');
    const answer = fetch(`${host.url}/api/untilTerminated`);
    await host.line('untilTerminated has started');
    host.child.kill(signal);
    // It would never end if the hooks were waiting for it.
    expect(await (await answer).text()).toBe('the hook ran first');
    expect(await exited).toStrictEqual([0, null]);
  },
);

test('a terminate hook that fails cuts nothing off, and fails whoever stops the host', async () => {
  const host = await startHost({ app, env: { FAILING_HOOK: 'yes', TICK_SCHEDULE: '0 0 0 1 1 *' } });
  const answer = fetch(`${host.url}/api/slow`);
  await host.line('slow has started');
  await expect(host.stop()).rejects.toThrow(/^the functions host ended with 1: $/);
  expect(await host.line('while stopping')).toContain('Error: the terminate hook failed');
  expect(await (await answer).text()).toBe('ended in peace');
});

test('an invocation that never ends does not hold the stop up for ever', async () => {
  const host = await startHost({ app });
  const exited = once(host.child, 'exit');
  const answer = fetch(`${host.url}/api/endless`).catch(() => 'cut off');
  await host.line('endless has started');
  await host.stop();
  expect(await exited).toStrictEqual([0, null]);
  expect(await answer).toBe('cut off');
  expect(await host.line('stopped after')).toContain('stopped after 5 s with requests still running');
});

test('a rejected promise that nobody listens to ends the host, and fails whoever stops it', async () => {
  const host = await startHost({ app });
  const exited = once(host.child, 'exit');
  await send(`${host.url}/api/forgets`).catch(() => undefined);
  expect(await exited).toStrictEqual([1, null]);
  await expect(host.stop()).rejects.toThrow(
    /^the functions host ended with 1: a promise was rejected and nobody listened: Error: nobody listens to it/,
  );
});

test('a host that was killed was meant to end', async () => {
  const host = await startHost({ app });
  const exited = once(host.child, 'exit');
  host.child.kill('SIGKILL');
  await exited;
  await expect(host.stop()).resolves.toBeUndefined();
});

test('a client that leaves in the middle of its body is no error', async () => {
  const host = await startHost({ app });
  const socket = connect(host.port, '127.0.0.1');
  socket.write(
    'POST /api/v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n',
  );
  // The interim answer shows that the host has begun to read.
  const [interim] = (await once(socket, 'data')) as [Buffer];
  expect(interim.toString()).toContain('100 Continue');
  socket.resetAndDestroy();
  expect((await send(`${host.url}/api/v1/echo`)).status).toBe(200);
  await host.stop();
  // Besides the timers of the fixture that are.
  const errors = host.lines.filter(
    (line) => line.includes(' error ') && !line.includes('function is in error'),
  );
  expect(errors).toEqual([]);
});

test('a host whose parent was killed leaves no orphan', async () => {
  const source = `
    const host = require('node:child_process').fork(process.argv[1], process.argv.slice(2), { stdio: 'ignore' });
    host.on('message', ({ port }) => console.log(port));
  `;
  const parent = spawn(process.execPath, ['-e', source, main, '--app', app, '--port', '0']);
  const [port] = (await once(parent.stdout, 'data')) as [Buffer];
  const toHost = connect(Number(port.toString()), '127.0.0.1');
  await once(toHost, 'connect');
  toHost.on('error', () => undefined); // A reset is as good an end as any.
  const hostGone = new Promise((resolve) => toHost.once('close', () => resolve('gone')));
  parent.kill('SIGKILL');
  expect(await hostGone).toBe('gone');
});

test('another Node binary can run it', async () => {
  const shim = join(emptyApp(), 'another-node');
  writeFileSync(shim, `#!/bin/sh\nRUN_BY=another-node exec "${process.execPath}" "$@"\n`, { mode: 0o755 });
  const host = await startHost({ app, nodePath: shim });
  expect((await send(`${host.url}/api/setting?name=RUN_BY`)).body.toString()).toBe('another-node');
  await host.stop();
});

test('a Node binary that does not exist is an error of the call', async () => {
  await expect(startHost({ app, nodePath: '/no/such/node' })).rejects.toThrow(/ENOENT/);
});

const statusLine = (answer: string): string => answer.split('\r\n', 1)[0] ?? '';
