/**
 * Runs a command of this project straight after a clone: installs what package-lock.json names if that has not been
 * done, then runs the command with the project's own Node (node_modules/.bin) first on the PATH. Plain JavaScript for
 * any Node from 20 on, because the machine's own Node runs it.
 *
 *     node scripts/with-dependencies.mjs node local/start.ts --port 7072
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const windows = process.platform === 'win32';
const [command, ...args] = process.argv.slice(2);

if (!isInstalled()) {
  console.log('Installing the dependencies (once; about a minute) ...');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
  });
  if (status !== 0) {
    console.error('npm ci failed: see above. Is the package registry reachable?');
    process.exit(status ?? 1);
  }
}

const PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;
const child = spawn(command, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH },
  shell: windows,
});
// Ctrl-C reaches the child by itself (same terminal): this process only waits for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(`${command} cannot be run: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));

/** npm writes node_modules/.package-lock.json last: older than package-lock.json means another set of packages. */
function isInstalled() {
  // A link: the packages are another checkout's, and npm ci would empty its folder.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules', 'node'))) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}
