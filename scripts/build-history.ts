import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeMetafile } from './notices.ts';

/**
 * Bundles the command `allocation-history` into one file, for machines whose Node does not run TypeScript. The identity
 * package is not bundled: only `--endpoint` needs it.
 */
export async function buildHistory(outfile: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../cli/history.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['@azure/identity'],
    logLevel: 'warning',
    metafile: true,
  });
  writeMetafile(outfile, metafile);
  chmodSync(outfile, 0o755);
}
