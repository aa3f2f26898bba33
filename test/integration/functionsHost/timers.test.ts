import {
  bundledApp,
  removeFolders,
  runFunction,
  startHost,
  send,
  type Answer,
  type Running,
} from './support.ts';

let folder: string;
let host: Running;
let startedAtMs: number;

beforeAll(async () => {
  folder = bundledApp();
  startedAtMs = Date.now();
  host = await startHost({ app: folder, env: { TICK_SCHEDULE: '* * * * * *' }, jsonLogs: true });
});
afterAll(async () => {
  await host.stop();
  removeFolders();
});

const run = (name: string, query = ''): Promise<Answer> => runFunction(host, `${name}${query}`);

test('a timer runs on the schedule that a setting names, and gets the occurrence that is due as its next', async () => {
  const {
    level,
    function: name,
    message,
  } = JSON.parse(await host.line('tick pastDue')) as Record<string, string>;
  expect([level, name]).toStrictEqual(['information', 'tick']);
  expect(message).toMatch(/^tick pastDue=false next=20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  const dueAtMs = Date.parse(String(message?.split('next=')[1]));
  expect(dueAtMs).toBeGreaterThanOrEqual(startedAtMs - 1_000);
  expect(dueAtMs).toBeLessThanOrEqual(Date.now());
});

test.each(['unscheduled', 'refused', 'questionMark'])(
  'as in Azure, %s, whose schedule cannot be read, is in error: a run is accepted, and nothing runs',
  async (name) => {
    expect(await host.line(`The '${name}' function is in error`)).toContain('"level":"error"');
    expect((await run(name)).status).toBe(202);
    expect((await run(name, '?wait=true')).status).toBe(500);
    expect(host.lines.filter((line) => line.includes(`${name} ran`))).toEqual([]);
  },
);

test('a run is accepted with 202, and waited for on demand', async () => {
  const accepted = await run('failing');
  expect([accepted.status, accepted.body.length]).toStrictEqual([202, 0]);
  expect((await run('failing', '?wait=true')).status).toBe(500);
  expect(await host.line('the timer failed')).toContain('"level":"error"');
});

test('no such function is 404', async () => {
  expect((await run('no-such')).status).toBe(404);
});

test('the status is Running', async () => {
  const { status, body } = await send(`${host.url}/admin/host/status`);
  expect(status).toBe(200);
  expect(JSON.parse(body.toString())).toMatchObject({ state: 'Running' });
});
