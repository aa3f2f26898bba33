import { percentile } from '../../lib/insights/figures.ts';

/**
 * The median as the history's figures have it: a value that was measured.
 *
 * @throws RangeError where nothing was measured
 */
export function median(values: readonly number[]): number {
  const middle = percentile(values, 50);
  if (middle === undefined) throw new RangeError('nothing was measured');
  return middle;
}
