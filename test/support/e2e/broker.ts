import type { SpawnedHost } from '../../../local/functionsHost/spawn.ts';
import type { BrokerOptions, Stack } from '../../../local/stack.ts';
import { until } from './until.ts';

/** One line of a host's log. What it writes to stderr has no time. */
export interface LogLine {
  readonly time?: string;
  readonly level: string;
  readonly message: string;
  /** Of whoever wrote it, unless that was the host itself. */
  readonly invocationId?: string;
}

/** An event of the broker's, as it stands in the log. */
export type LoggedEvent = Readonly<Record<string, unknown>> & { readonly level: string };

export interface TestBroker extends SpawnedHost {
  readonly log: readonly LogLine[];
  /** The events of this name so far, oldest first; of one session where it is given. */
  events(name: string, sessionId?: string): LoggedEvent[];
  /** The same, once there are so many: a line may arrive after the answer that it tells of. */
  told(count: number, name: string, sessionId?: string): Promise<LoggedEvent[]>;
}

/** Starts a broker of the stack, and keeps its log. */
export async function startBroker(stack: Stack, options: BrokerOptions = {}): Promise<TestBroker> {
  const log: LogLine[] = [];
  const host = await stack.startBroker({
    ...options,
    jsonLogs: true,
    onLine: (line) => log.push(readLine(line)),
  });
  const events: TestBroker['events'] = (name, sessionId) =>
    log
      .flatMap(readEvent)
      .filter(({ event, sessionId: of }) => event === name && (sessionId === undefined || of === sessionId));
  return {
    ...host,
    log,
    events,
    told: (count, name, sessionId) =>
      until(`${count} × ${name} in the log`, () => {
        const found = events(name, sessionId);
        return found.length >= count ? found : undefined;
      }),
  };
}

/** What the host itself writes to stderr is no JSON: a crash, a warning. */
function readLine(line: string): LogLine {
  return line.startsWith('{') ? (JSON.parse(line) as LogLine) : { level: 'stderr', message: line };
}

function readEvent({ level, message }: LogLine): LoggedEvent[] {
  return message.startsWith('{') ? [{ ...(JSON.parse(message) as object), level }] : [];
}
