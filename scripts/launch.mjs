/** Runs a command with the project's packages, installed before if need be. For any Node that `engines` allows. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { install, isInstalled } from './dependencies.mjs';

const SETTING = /^([A-Z][A-Z0-9_]*)=(.*)$/s;

/** @param words settings (`NAME=value`), then the command and its arguments */
export function launch(root, words) {
  if (!isInstalled(root)) {
    console.error('Installing the dependencies (once; about a minute) ...');
    install(root);
  }
  const from = words.findIndex((word) => !SETTING.test(word));
  const settings = Object.fromEntries(words.slice(0, from).map((word) => SETTING.exec(word).slice(1)));
  run(root, words.slice(from), settings);
}

function run(root, [name, ...args], settings) {
  const PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;
  const child = spawner(root)(commandFor(root, name), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...settings, PATH },
  });
  // Ctrl-C reaches the child by itself (same terminal): this process only waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`${name} cannot be run: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}

/** On Windows most commands are files for cmd, which has quoting of its own. */
function spawner(root) {
  return process.platform === 'win32' ? createRequire(join(root, 'package.json'))('cross-spawn') : spawn;
}

/** The program itself where there is one: cmd in between would ask on Ctrl-C whether to end the batch job. */
function commandFor(root, name) {
  const program = join(root, 'node_modules', 'node', 'bin', 'node.exe');
  return name === 'node' && existsSync(program) ? program : name;
}
