import { inParallel } from '../../inParallel.ts';
import { StorageFault } from '../storageFault.ts';

/** How often an operation is done that storage fails, on top of the client library's own repeats. */
const TRIES = 4;

/** What storage failed in a run of a timer, and the run left to the next one. */
export class Faults {
  #count = 0;
  #reason: string | undefined;

  note({ message }: StorageFault): void {
    this.#count += 1;
    this.#reason ??= message;
  }

  get count(): number {
    return this.#count;
  }

  /** The first of them. */
  get reason(): string | undefined {
    return this.#reason;
  }
}

/** @throws what is no storage fault */
export function noteFault(error: unknown, faults: Pick<Faults, 'note'>): void {
  if (!(error instanceof StorageFault)) throw error;
  faults.note(error);
}

/**
 * Does the work again after a storage fault, some times: for what a whole part of a run hangs on.
 *
 * @throws StorageFault the last
 */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageFault) || tries === TRIES) throw error;
    }
  }
}

/**
 * Does the work on every item, at most `most` at a time; an item that storage fails is tried again after the others.
 *
 * @returns how many items were left because of a storage fault; each is noted
 */
export async function eachDespiteFaults<T>(
  items: readonly T[],
  most: number,
  faults: Faults,
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  let left = items;
  let last: StorageFault[] = [];
  for (let tries = 0; tries < TRIES && left.length > 0; tries += 1) {
    const failed: T[] = [];
    last = [];
    await inParallel(left, most, async (item) => {
      try {
        await work(item);
      } catch (error) {
        if (!(error instanceof StorageFault)) throw error;
        failed.push(item);
        last.push(error);
      }
    });
    left = failed;
  }
  for (const fault of last) faults.note(fault);
  return left.length;
}
