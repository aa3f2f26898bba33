/** Loads a bundle, as the Functions worker does, and prints the milliseconds that it took. */
import { createRequire } from 'node:module';
import { supplyCore } from '../../local/functionsHost/core.ts';

const [, , entry = ''] = process.argv;
supplyCore(() => undefined);
const require = createRequire(import.meta.url);
const startedMs = performance.now();
require(entry);
console.log(performance.now() - startedMs);
