/** Loaded into a broker's process: collects garbage and reports the heap's size when the parent asks. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('message', async (message) => {
  if (message?.type !== 'heap') return;
  // Twice, with a turn of the event loop between: the first makes finalisers run, whose objects the second collects.
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  process.send({ type: 'heap', bytes: process.memoryUsage().heapUsed });
});
