/** The licence texts of what is bundled: most licences ask that they go wherever the code goes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { writeThirdPartyNotices } from '@rnx-kit/third-party-notices';
import type { Metafile } from 'esbuild';

/** The file beside the bundles. */
export const NOTICES = 'THIRD-PARTY-NOTICES.txt';
/** Texts for packages that ship none, by package name. */
const KEPT_TEXTS = join(import.meta.dirname, 'licences');
const SEPARATOR = `\n\n${'='.repeat(72)}\n\n`;

interface Licence {
  readonly name: string;
  readonly version: string;
  /** As in package.json, an SPDX expression. */
  readonly license: string;
  readonly text?: string;
}

/** Writes beside a bundle what went into it: `main.meta.json` for `main.cjs`. */
export function writeMetafile(bundle: string, metafile: Metafile): void {
  const { dir, name } = parse(bundle);
  writeFileSync(join(dir, `${name}.meta.json`), JSON.stringify(metafile));
}

/**
 * Writes the licence text of every package that the metafiles name; their paths are relative to the working folder.
 *
 * @throws Error that names the packages without a licence text
 */
export async function writeNotices(outfile: string, metafiles: readonly string[]): Promise<void> {
  const notices: string[] = [];
  const missing: string[] = [];
  for (const source of onePerPackage(metafiles.flatMap(sourcesOf))) {
    const { name, version, license, text = keptText(name) } = await licenceOf(source, outfile);
    if (text === undefined) missing.push(`${name} ${version} (${license})`);
    else notices.push(`${name} ${version} (${license})\n\n${text}`);
  }
  if (missing.length > 0) {
    throw new Error(
      `No licence text comes with ${missing.join(', ')}. Find it, and keep it as scripts/licences/<package>.txt.`,
    );
  }
  const texts = ['This product contains the packages below, each under its own licence.', ...notices.sort()];
  writeFileSync(outfile, `${texts.join(SEPARATOR)}\n`);
}

function sourcesOf(metafile: string): readonly string[] {
  return Object.keys((JSON.parse(readFileSync(metafile, 'utf8')) as Metafile).inputs);
}

/** Some file of each package, by the folder of the package: two versions of a package are two packages. */
function onePerPackage(sources: readonly string[]): Iterable<string> {
  const found = new Map<string, string>();
  for (const source of sources) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source)?.[0];
    if (folder !== undefined) found.set(folder, source);
  }
  return found.values();
}

/**
 * One package at a time, because the tool keeps one version of a package and leaves `@a/b` out where there is `a`. It
 * takes the file of a source map and uses its sources alone.
 */
async function licenceOf(source: string, scratch: string): Promise<Licence> {
  writeFileSync(scratch, JSON.stringify({ sources: [source] }));
  await writeThirdPartyNotices({
    rootPath: process.cwd(),
    sourceMapFile: scratch,
    outputFile: scratch,
    json: true,
    fullLicenseText: true,
  });
  const { packages } = JSON.parse(readFileSync(scratch, 'utf8')) as { packages: [Licence] };
  return packages[0];
}

function keptText(name: string): string | undefined {
  const file = join(KEPT_TEXTS, `${name}.txt`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}
