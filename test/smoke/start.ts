/**
 * `npm start` as somebody new uses it, on whatever system this runs: the printed line is pasted into each shell that
 * people have there, then players play and the history shows them. For the pipeline's Windows job; Jest's layers have
 * more on POSIX systems.
 *
 *     node scripts/with-dependencies.mjs node test/smoke/start.ts
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const isWindows = process.platform === 'win32';
const SHELLS: readonly (readonly [string, ...string[]])[] = isWindows
  ? [
      ['powershell', '-NoProfile', '-Command'],
      ['pwsh', '-NoProfile', '-Command'],
      ['cmd', '/d', '/c'],
    ]
  : [['sh', '-c']];

const stack = spawn('npm start -- --port 0 --fresh --auth key', {
  shell: true,
  detached: !isWindows,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const line = await printedLine(stack);
  const statuses = [...SHELLS, ...SHELLS].map((shell) => paste(line, shell));
  assert.deepEqual(statuses, ['201', ...statuses.slice(1).map(() => '200')]);
  const players = run('npm run --silent players -- --seconds 2 --json');
  assert.equal((JSON.parse(players) as { sessionsWithHost: number }).sessionsWithHost, 40);
  assert.match(run('npm run --silent history -- --since 5m --summary'), /41 of 41/);
  console.log(`The stack starts, and its line works in ${SHELLS.map(([name]) => name).join(', ')}.`);
} finally {
  // There is no Ctrl-C for another console on Windows: this ends the tree of processes.
  if (isWindows) spawnSync('taskkill', ['/pid', String(stack.pid), '/t', '/f']);
  else if (stack.pid !== undefined) process.kill(-stack.pid, 'SIGINT');
}

function printedLine({ stdout }: ChildProcess): Promise<string> {
  assert(stdout);
  const lines = createInterface(stdout);
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      console.log(line);
      if (/^curl(\.exe)? /.test(line)) resolve(line);
    });
    lines.on('close', () => reject(new Error('npm start ended before it printed its line.')));
  });
}

/** The status of the answer. */
function paste(line: string, [command, ...flags]: readonly [string, ...string[]]): string | undefined {
  const options = { encoding: 'utf8', windowsVerbatimArguments: command === 'cmd' } as const;
  const { stdout, stderr, error } = spawnSync(command, [...flags, line], options);
  const status = /^HTTP\/1\.1 (\d{3}) /m.exec(stdout)?.[1];
  if (status === undefined) console.error(command, error, stdout, stderr);
  return status;
}

function run(command: string): string {
  const { stdout, stderr, status } = spawnSync(command, { shell: true, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}
