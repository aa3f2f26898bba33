/**
 * Runs a command of this project straight after a clone: installs what package-lock.json names unless that has been
 * done, then runs the command with the project's own Node (node_modules/.bin) first on the PATH. Plain JavaScript, because
 * the machine's own Node runs it, of any version that `engines` in package.json allows.
 *
 *     node scripts/with-dependencies.mjs node local/start.ts --port 7072
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isInstalled } from './dependencies.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  requireNode();
  if (!isInstalled(root)) {
    console.error('Installing the dependencies (once; about a minute) ...');
    install(root);
  }
  run(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const numbers = (text) => text.match(/\d+/g).map(Number);
  const [major, minor = 0] = numbers(engines.node);
  const [ownMajor, ownMinor] = numbers(process.versions.node);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(
    `Node.js ${major}.${minor} or newer is needed, and this is ${process.version}. Get one from https://nodejs.org/`,
  );
}

function run([command, ...args]) {
  const PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH },
    shell: process.platform === 'win32',
  });
  // Ctrl-C reaches the child by itself (same terminal): this process only waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`${command} cannot be run: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}
