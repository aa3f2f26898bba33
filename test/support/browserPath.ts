import { existsSync } from 'node:fs';

/** Where distributions and vendors put it; CHROMIUM in the environment names another place. */
const PLACES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium of this machine; `undefined`: there is none, and the browser tests are left out. */
export const browserPath = PLACES.find((path) => path !== undefined && existsSync(path));
