import type { RatioPart } from '../part.ts';
import { measureOrdering } from '../placement/ordering.ts';

export const placement: RatioPart = {
  kind: 'ratio',
  name: 'placement',
  title: 'ordering of the largest request, 64 players x 16 locations',
  floor: 'JSON.parse of the same request',
  unit: 'µs',
  limit: { atMost: 1 },
  run: (bench) =>
    Promise.resolve(
      Array.from({ length: bench.size(5, 3) }, () => {
        const { orderUs, parseUs } = measureOrdering();
        return { measured: orderUs, floor: parseUs };
      }),
    ),
};
