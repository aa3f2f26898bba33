import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FleetCall } from './stack.ts';

export interface TablesSetup {
  /** Connection string. */
  readonly storage: string;
  readonly fleet: FleetCall;
}

export type TablesJob =
  | { readonly kind: 'allocation' }
  | { readonly kind: 'read'; readonly sessionId: string }
  | { readonly kind: 'operations'; readonly allocations: number; readonly concurrency: number };

/** The process of floors/tables.ts. */
export interface TablesFloor {
  /** One job at a time. @returns what the job measured */
  run(job: TablesJob): Promise<number>;
  stop(): Promise<void>;
}

export async function startTablesFloor(setup: TablesSetup): Promise<TablesFloor> {
  const child = fork(join(import.meta.dirname, '../floors/tables.ts'), [JSON.stringify(setup)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const answer = async (): Promise<number> => {
    const ended = exited.then(() => {
      throw new Error('the floor process has ended');
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [
      { value: number } | { error: string },
    ];
    if ('error' in message) throw new Error(message.error);
    return message.value;
  };
  await answer();
  return {
    run: (job) => {
      const answered = answer();
      child.send(job);
      return answered;
    },
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}
