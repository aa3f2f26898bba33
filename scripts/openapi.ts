/**
 * The contract as a file, for people and code generators.
 *
 *   npm run openapi              writes docs/openapi.json
 *   npm run openapi -- --check   fails when docs/openapi.json is not what the code says
 *   npm run openapi:lint         lints docs/openapi.json, without the network
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { openApiDocument } from '../lib/contract/openapi/document.ts';

const ROOT = join(import.meta.dirname, '..');
const FILE = join(ROOT, 'docs/openapi.json');

const { check, lint } = new Command('npm run openapi --')
  .description('Writes docs/openapi.json from the schemas that requests are validated with.')
  .option('--check', 'writes nothing; fails when the file is out of date')
  .option('--lint', 'writes nothing; lints the file')
  .parse()
  .opts<{ check?: true; lint?: true }>();

const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
if (lint === true) {
  process.exitCode = lintFile();
} else if (check !== true) {
  writeFileSync(FILE, text);
  console.log(`docs/openapi.json  ${Math.round(text.length / 1024)} KB`);
} else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('docs/openapi.json is out of date. Run: npm run openapi');
  process.exitCode = 1;
} else {
  console.log('docs/openapi.json is what the code says');
}

function lintFile(): number {
  const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
  const { status } = spawnSync(process.execPath, [redocly, 'lint', 'docs/openapi.json'], {
    cwd: ROOT,
    stdio: 'inherit',
    // No check for a newer version, and no telemetry.
    env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' },
  });
  return status ?? 1;
}
