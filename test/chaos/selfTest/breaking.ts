import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Scenario } from './steps.ts';

/** A way to break the broker that the harness must notice. */
export interface Breakage {
  readonly name: string;
  /** Under lib/. */
  readonly file: string;
  /** Each `from` stands in the file exactly once. */
  readonly edits: readonly Edit[];
  /** What brings it to light without luck. */
  readonly scenario: Scenario;
  /** The invariant that must fail. */
  readonly caughtBy: string;
}

export interface Edit {
  readonly from: string;
  readonly to: string;
}

/** Where the source is that is broken. */
export const LIB = join(import.meta.dirname, '../../../lib');

/**
 * Breaks the source on its way into the bundle.
 *
 * @returns also `assertApplied`, which throws when the bundle did not even contain the file
 */
export function breaking({ name, file, edits }: Breakage): { plugin: Plugin; assertApplied: () => void } {
  const path = join(LIB, file);
  let applied = false;
  const plugin: Plugin = {
    name: 'break',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        const source = await readFile(path, 'utf8');
        applied = true;
        const contents = edits.reduce((text, edit) => replaceOnce(name, file, text, edit), source);
        return { loader: 'ts', contents };
      });
    },
  };
  return {
    plugin,
    assertApplied: () => {
      if (!applied) throw new Error(`"${name}": lib/${file} is not in the bundle any more`);
    },
  };
}

function replaceOnce(name: string, file: string, source: string, { from, to }: Edit): string {
  const found = source.split(from).length - 1;
  if (found !== 1) {
    throw new Error(
      `"${name}": this stands ${found} times in lib/${file}, not once; put the breakage right:\n${from}`,
    );
  }
  return source.replace(from, () => to);
}
