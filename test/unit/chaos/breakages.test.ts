import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BREAKAGES } from '../../chaos/selfTest/breakages.ts';
import { LIB } from '../../chaos/selfTest/breaking.ts';

const EDITS = BREAKAGES.flatMap(({ name, file, edits }) => edits.map(({ from }) => ({ name, file, from })));

/** The self-test itself runs for minutes: a breakage that no longer fits the source is found here. */
it.each(EDITS)('$name: what it breaks stands once in lib/$file', ({ file, from }) => {
  const source = readFileSync(join(LIB, file), 'utf8');
  expect(source.split(from)).toHaveLength(2);
});
