/** Takes a folder when a file appears, as a start of the stack would; one round for each message of the parent. */
import { existsSync } from 'node:fs';
import { lockFolder } from '../../../local/folderLock.ts';

export interface Round {
  readonly folder: string;
  /** The file at which all takers set off. */
  readonly starter: string;
}

/** `ready`: it waits for the starter. Otherwise what came of the attempt. */
export type TakerMessage = 'ready' | 'held' | { readonly refused: string };

const report = (message: TakerMessage): void => void process.send?.(message);

process.on('message', ({ folder, starter }: Round) => {
  report('ready');
  // A busy wait: two processes that spin leave it in the same instant.
  while (!existsSync(starter));
  void take(folder).then(report);
});

async function take(folder: string): Promise<TakerMessage> {
  try {
    await lockFolder(folder);
    return 'held';
  } catch (error) {
    return { refused: String(error) };
  }
}
