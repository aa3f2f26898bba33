import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeMetafile } from './notices.ts';

const PAGE = join(import.meta.dirname, '../ops');

/**
 * Builds the operators' page into one file: its script and style, chart library included, go into the markup, so that
 * it asks for nothing but the history.
 */
export async function buildOps(outfile: string): Promise<void> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(PAGE, 'main.ts'), join(PAGE, 'style.css')],
    outdir: PAGE,
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome119', 'firefox121', 'safari17'],
    logLevel: 'warning',
    metafile: true,
  });
  const built = (end: string): string =>
    outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? '';
  const page = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const scripted = fill(page, 'script', 'ops/main.ts', built('.js'));
  writeFileSync(outfile, fill(scripted, 'style', 'ops/style.css', built('.css')));
  writeMetafile(outfile, metafile);
}

function fill(page: string, tag: 'script' | 'style', source: string, text: string): string {
  const marker = new RegExp(`<${tag}>\\s*/\\* built in: ${source} \\*/\\s*</${tag}>`);
  if (!marker.test(page)) throw new Error(`ops/index.html has no place for ${source}`);
  if (text.toLowerCase().includes(`</${tag}`)) throw new Error(`${source} would end its own element`);
  // A function, because minified code is full of `$&` and the like.
  return page.replace(marker, () => `<${tag}>${text}</${tag}>`);
}
