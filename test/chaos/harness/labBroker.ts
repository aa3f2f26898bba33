import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpawnedHost } from '../../../local/functionsHost/spawn.ts';
import type { BrokerLife, OrderlyEnd } from './evidence.ts';

/** A broker process of a lab. */
export interface LabBroker {
  readonly name: string;
  readonly url: string;
  readonly life: BrokerLife;
  /** SIGKILL: nothing is finished, nothing is told. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM: the process is asked to end, and killed if it does not. Resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGSTOP: the process stands still in the middle of whatever it does. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** A process that has not ended by then, after it was asked to, never will. */
const NEVER_ENDS_MS = 20_000;

/** @param life kept up to date */
export function labBroker(name: string, host: SpawnedHost, life: BrokerLife): LabBroker {
  return {
    name,
    url: host.url,
    life,
    async kill() {
      const gone = once(host.child, 'exit');
      life.killedAt = Date.now();
      host.child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      const gone = once(host.child, 'exit') as Promise<[number | null]>;
      const stop: OrderlyEnd = { askedAt: Date.now() };
      life.stop = stop;
      host.child.kill('SIGTERM');
      const end = await Promise.race([gone, sleep(NEVER_ENDS_MS, undefined, { ref: false })]);
      if (end === undefined) {
        host.child.kill('SIGKILL');
        await gone;
        return;
      }
      stop.endedAt = Date.now();
      [stop.code] = end;
    },
    pause() {
      life.pauses.push({ from: Date.now() });
      host.child.kill('SIGSTOP');
    },
    resume() {
      const pause = life.pauses.at(-1);
      if (pause === undefined || pause.until !== undefined) return;
      host.child.kill('SIGCONT');
      pause.until = Date.now();
    },
  };
}
