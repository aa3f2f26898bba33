/**
 * Runs a command of this project straight after a clone: installs what package-lock.json names unless that has been
 * done, then runs the command with the project's own Node (node_modules/.bin) first on the PATH. Settings for it may
 * stand before it, alike on every system.
 *
 *     node scripts/with-dependencies.mjs MODEL_RUNS=12000 jest --selectProjects model
 *
 * The machine's own Node runs this file, of any version: it must be one that an old one can read as well, so what is
 * newer is imported only when the version is right.
 */
import { readFileSync } from 'fs';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const mistake = mistakeOfNode();
if (mistake !== undefined) {
  console.error(mistake);
  process.exitCode = 1;
} else {
  import('./launch.mjs')
    .then(({ launch }) => launch(root, process.argv.slice(2)))
    .catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
}

function mistakeOfNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const numbers = (text) => text.match(/\d+/g).map(Number);
  const [major, minor = 0] = numbers(engines.node);
  const [ownMajor, ownMinor] = numbers(process.versions.node);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return undefined;
  return `Node.js ${major}.${minor} or newer is needed, and this is ${process.version}. Get one from https://nodejs.org/`;
}
