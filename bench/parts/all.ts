import type { Part } from '../part.ts';
import { coldReplay } from './coldReplay.ts';
import { coldStart } from './coldStart.ts';
import { gather } from './gather.ts';
import { instances } from './instances.ts';
import { load } from './load.ts';
import { manyCallers } from './manyCallers.ts';
import { memory } from './memory.ts';
import { newAllocation } from './newAllocation.ts';
import { placement } from './placement.ts';
import { throughput } from './throughput.ts';
import { transactions } from './transactions.ts';
import { confirmedReplay, warmReplay } from './warmReplay.ts';

/** In the order in which they are run and shown. */
export const PARTS: readonly Part[] = [
  transactions,
  instances,
  gather,
  newAllocation,
  coldReplay,
  warmReplay,
  confirmedReplay,
  throughput,
  manyCallers,
  coldStart,
  load,
  memory,
  placement,
];
