import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the compiled template is kept, for reviews and for tests on machines without a compiler. */
export const COMPILED = join(root, 'infra/compiled');

/** Every file that the compiled template is made of, relative to the project. */
export function sourceFiles(): string[] {
  return globSync(
    [
      'infra/*.{bicep,bicepparam}',
      'infra/bicepconfig.json',
      'infra/modules/*.{bicep,json}',
      'test/unit/infra/variants/*.bicepparam',
      'scripts/bicep.csproj',
    ],
    { cwd: root },
  ).sort();
}

/** One digest of all sources, which shows without a compiler whether the compiled template is up to date. */
export function sourcesDigest(): string {
  const digest = createHash('sha256');
  for (const file of sourceFiles()) {
    digest.update(`${file.replaceAll('\\', '/')}\n`);
    digest.update(readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n'));
  }
  return digest.digest('hex');
}
