/** Whether node_modules is what package-lock.json says, and how it becomes so. For any Node that `engines` allows. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Beside node_modules, so that it can be renamed into place; ignored by git and by every tool of this project. */
const STAGING = '.local';
const STAGING_NAME = /^install-(\d+)$/;

/**
 * Whether the packages in node_modules are those of package-lock.json, by name and version: npm writes down what it has
 * installed in node_modules/.package-lock.json. Times say nothing: a checkout, a copy or an editor touches files.
 */
export function isInstalled(root) {
  // A link: the packages are another checkout's, and are its own matter.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  const installed = packagesIn(join(root, 'node_modules/.package-lock.json'));
  return installed !== undefined && same(packagesIn(join(root, 'package-lock.json')) ?? {}, installed);
}

/** What npm leaves out is optional (for another system, mostly), and the project itself is no package of its own. */
function same(wanted, installed) {
  const names = Object.keys(wanted).filter((name) => name !== '');
  return (
    Object.keys(installed).every((name) => name in wanted) &&
    names.every((name) => {
      const [want, have] = [wanted[name], installed[name]];
      if (have === undefined) return want.optional === true || want.devOptional === true;
      // What the lock file leaves out, such as the registry's address, npm may add.
      return ['version', 'integrity', 'resolved', 'link'].every(
        (of) => want[of] === undefined || want[of] === have[of],
      );
    })
  );
}

/** The packages that a lock file names; undefined where it is none that npm could have left whole. */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Installs what package-lock.json says. npm works in a folder of its own, and only what it has completed is renamed into
 * place: if it fails or is killed, the old node_modules stays as it was, a command that runs from it is undisturbed, and of two
 * installs at the same moment one wins whole. (`npm ci` in place removes node_modules first; `npm install` changes it
 * piece by piece, and two of them mix.)
 *
 * @throws Error that says what to do
 */
export function install(root) {
  removeAbandoned(join(root, STAGING));
  const staging = join(root, STAGING, `install-${process.pid}`);
  try {
    copyManifests(root, staging);
    runNpm(staging);
    // Another command may have been faster.
    if (!isInstalled(root)) moveInto(root, staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function runNpm(cwd) {
  // Also where NODE_ENV says production: the tools are dev dependencies.
  const line = 'npm ci --include=dev --no-audit --no-fund --loglevel=error';
  const isWindows = process.platform === 'win32';
  const [command, ...args] = isWindows ? [line] : line.split(' ');
  const { status, error } = spawnSync(command, args, {
    cwd,
    // The command's own output may be for a program to read.
    stdio: ['inherit', process.stderr, 'inherit'],
    // There it is a file for cmd.
    shell: isWindows,
  });
  if (status === 0) return;
  throw new Error(
    `npm ci failed: ${error?.message ?? 'see above'}. Is the package registry reachable? ` +
      'node_modules is as it was before.',
    { cause: error },
  );
}

/** What npm reads: the manifests of the project, and its packages that are folders of the project. */
function copyManifests(root, staging) {
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const folders = Object.keys(packagesIn(join(root, 'package-lock.json')) ?? {}).filter(
    (name) => name !== '' && !name.includes('node_modules'),
  );
  for (const name of ['package.json', 'package-lock.json', '.npmrc', ...folders]) {
    const options = { recursive: true, filter: (path) => basename(path) !== 'node_modules' };
    if (existsSync(join(root, name))) cpSync(join(root, name), join(staging, name), options);
  }
}

/** The project's own node_modules comes last: by it the next command knows that all is there. */
function moveInto(root, staging) {
  const names = Object.keys(packagesIn(join(root, 'package-lock.json')) ?? {});
  const folders = new Set(names.flatMap((name) => /^.*?node_modules(?=\/)/.exec(name) ?? []));
  const fresh = [...folders].filter((folder) => existsSync(join(staging, folder)));
  for (const folder of fresh.sort((a, b) => b.length - a.length)) {
    replace(join(root, folder), join(staging, folder), join(staging, 'old', folder));
  }
}

function replace(current, fresh, old) {
  mkdirSync(dirname(old), { recursive: true });
  try {
    if (existsSync(current)) renameSync(current, old);
    renameSync(fresh, current);
  } catch (error) {
    // Another install has put the same there between the two lines, or took the old one away before.
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'ENOENT') return;
    if (existsSync(old)) renameSync(old, current);
    throw new Error(
      `${current} cannot be replaced (${error.code}). Stop what runs from it, and try again; or run: npm ci`,
      { cause: error },
    );
  }
}

/** What installs left behind that were killed. */
function removeAbandoned(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const [, pid] = STAGING_NAME.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid) {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
