import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const PAGE = join(import.meta.dirname, '../ops');

/**
 * Builds the operators' page into one file: its script and style, chart library included, go into the markup, so that
 * it asks for nothing but the history.
 *
 * @returns the size in bytes
 */
export async function buildOps(outfile: string): Promise<number> {
  const [script, style] = await Promise.all([bundle('main.ts'), bundle('style.css')]);
  const page = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const filled = fill(fill(page, 'script', 'ops/main.ts', script), 'style', 'ops/style.css', style);
  writeFileSync(outfile, filled);
  return statSync(outfile).size;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PAGE, entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome119', 'firefox121', 'safari17'],
    logLevel: 'warning',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

function fill(page: string, tag: 'script' | 'style', source: string, text: string): string {
  const marker = new RegExp(`<${tag}>\\s*/\\* built in: ${source} \\*/\\s*</${tag}>`);
  if (!marker.test(page)) throw new Error(`ops/index.html has no place for ${source}`);
  if (text.toLowerCase().includes(`</${tag}`)) throw new Error(`${source} would end its own element`);
  // A function, because minified code is full of `$&` and the like.
  return page.replace(marker, () => `<${tag}>${text}</${tag}>`);
}
