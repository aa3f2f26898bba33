import type { CallRecord } from '../../../local/fleet/callLog.ts';
import type { Host } from '../../../local/fleet/state.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { RequestCounts, RequestRecord } from '../../support/faultProxy/requestLog.ts';
import type { FleetReport } from './oneFleet.ts';

/** One answer, or the lack of one, as a client saw it. Times are milliseconds since the epoch. */
export interface CallerAnswer {
  readonly sessionId: string;
  readonly caller: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly broker: string;
  /** Sent with the request; the broker hands it on to the fleet. */
  readonly traceparent: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Absent: the connection broke. */
  readonly status?: number;
  readonly failure?: string;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly replayed: boolean;
  /** `Allocation-End`. */
  readonly end: string | undefined;
  readonly body: string;
}

/** An event of a broker's log. */
export interface BrokerLine {
  readonly at: number;
  readonly broker: string;
  readonly event: BrokerEvent;
}

/** An end that a process was asked for. */
export interface OrderlyEnd {
  readonly askedAt: number;
  /** Absent: it had to be killed. */
  endedAt?: number;
  /** Of the process; null: a signal ended it. */
  code?: number | null;
}

/** One broker process, named by the proxy endpoint that it alone uses. */
export interface BrokerLife {
  readonly broker: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Whether it has the game's next release in its settings. */
  readonly isNext: boolean;
  /** SIGKILL. */
  killedAt?: number;
  /** SIGTERM. */
  stop?: OrderlyEnd;
  /** Times in which the process was stopped (SIGSTOP). */
  readonly pauses: { readonly from: number; until?: number }[];
}

export type TableRow = Readonly<Record<string, unknown>> & {
  readonly partitionKey: string;
  readonly rowKey: string;
};

/** What prune did when every session had expired. */
export interface Pruned {
  /** What it says of itself. */
  readonly sessionsRemoved: number;
  readonly straysRemoved: number;
  /** What the sessions' table still held, by its keys. */
  readonly left: readonly string[];
}

/** What the tables held after the sweep. */
export interface Tables {
  readonly sessions: readonly TableRow[];
  /** What callers have left for whoever asks the fleet. */
  readonly hints: readonly TableRow[];
  readonly history: readonly TableRow[];
}

/** Everything that a run left behind. */
export interface Records {
  readonly sessionIds: readonly string[];
  readonly answers: readonly CallerAnswer[];
  readonly lines: readonly BrokerLine[];
  /** What a broker's process printed that is no event: a stack trace, for example. */
  readonly outcries: readonly { readonly at: number; readonly broker: string; readonly text: string }[];
  readonly lives: readonly BrokerLife[];
  readonly storage: readonly RequestRecord[];
  readonly storageCounts: RequestCounts;
  /** Of both fleets together, where there are two. */
  readonly fleet: FleetReport;
  readonly tables: Tables;
  /** Absent: nobody is gathered. */
  readonly pruned?: Pruned;
  /** For how long the fleet had no stock, in milliseconds; absent: it always had. */
  readonly dryMs?: number | undefined;
  /** Absent: it was not run. */
  readonly sweep?: { readonly status: number };
  /** How long a claim holds without being renewed. */
  readonly leaseMs: number;
  /** After so long an instance confirms what it remembers. */
  readonly confirmMs: number;
}

type EventOf<Name extends BrokerEvent['event']> = Extract<BrokerEvent, { event: Name }>;

/** A fleet call as the broker told of it before it sent it. */
export interface Asking {
  readonly at: number;
  readonly broker: string;
  readonly event: EventOf<'fleet.asking'>;
}

/** The same call by the broker that made it and by the fleet that got it. */
export interface FleetCall {
  readonly call: CallRecord;
  /** Absent: no broker told of it. */
  readonly asking?: Asking;
}

/** {@link Records}, found by what the invariants ask for. */
export class Evidence {
  readonly records: Records;
  readonly answersOf: (sessionId: string) => readonly CallerAnswer[];
  readonly linesOf: (sessionId: string) => readonly BrokerLine[];
  readonly storageOf: (sessionId: string) => readonly RequestRecord[];
  readonly historyOf: (sessionId: string) => readonly TableRow[];
  readonly fleetCallsOf: (sessionId: string) => readonly FleetCall[];
  readonly hostsOf: (sessionId: string) => readonly Host[];
  /** The calls by which brokers gave the session's host back. */
  readonly endCallsOf: (sessionId: string) => readonly CallRecord[];
  readonly #rows: ReadonlyMap<string, TableRow>;
  readonly #lives: ReadonlyMap<string, BrokerLife>;
  readonly #brokers: ReadonlyMap<string, string>;

  constructor(records: Records) {
    this.records = records;
    this.answersOf = grouped(records.answers, ({ sessionId }) => sessionId);
    this.linesOf = grouped(records.lines, ({ event }) =>
      'sessionId' in event ? event.sessionId : undefined,
    );
    this.storageOf = grouped(records.storage, sessionOfRequest);
    this.historyOf = grouped(records.tables.history, (row) => text(row['sessionId']));
    const callsOf = grouped(records.fleet.calls, ({ sessionId }) => sessionId);
    this.fleetCallsOf = (sessionId) => joined(callsOf(sessionId), this.linesOf(sessionId));
    this.hostsOf = grouped(records.fleet.hosts, ({ sessionId }) => sessionId);
    this.endCallsOf = grouped(records.fleet.asides.filter(isEndCall), ({ sessionId }) => sessionId);
    this.#rows = new Map(records.tables.sessions.map((row) => [row.partitionKey, row]));
    this.#lives = new Map(records.lives.map((life) => [life.broker, life]));
    this.#brokers = new Map(records.answers.map(({ traceparent, broker }) => [traceparent, broker]));
  }

  sessionRow(sessionId: string): TableRow | undefined {
    return this.#rows.get(sessionId);
  }

  life(broker: string | undefined): BrokerLife | undefined {
    return broker === undefined ? undefined : this.#lives.get(broker);
  }

  /** The broker that made a fleet call: the caller chose it, and named its request by the trace context. */
  brokerOf(call: CallRecord): string | undefined {
    return this.#brokers.get(call.headers['traceparent'] ?? '');
  }
}

/** Which fleet got a call. */
export function fleetOf({ path }: CallRecord): FleetName {
  return path.startsWith('/MultiplayerServer/') ? 'playfab' : 'sessionhosts';
}

/** PlayFab's call that gives a session's host back; sessionhosts has none. */
export function isEndCall({ path }: CallRecord): boolean {
  return path === '/MultiplayerServer/ShutdownMultiplayerServer';
}

/** Whether the process was killed or stopped at some time between the two. */
export function disturbed(life: BrokerLife | undefined, from: number, until: number): string | undefined {
  if (life === undefined) return undefined;
  if (life.killedAt !== undefined && life.killedAt >= from && life.killedAt <= until) return 'killed';
  const paused = life.pauses.some((pause) => pause.from <= until && (pause.until ?? Infinity) >= from);
  return paused ? 'paused' : undefined;
}

/** The session that a request is about: a history row's key is `countdown_session_attempt`. */
export function sessionOfRequest({ table, partitionKey, rowKey }: RequestRecord): string | undefined {
  return table === 'brokerhistory' ? rowKey?.split('_')[1] : partitionKey;
}

/**
 * Pairs each call of a trace with the latest telling before its arrival, of its own fleet. Each telling is used once, and
 * once more where the fleet refused the token: the driver repeats that call with another one, within the same time.
 */
function joined(calls: readonly CallRecord[], lines: readonly BrokerLine[]): FleetCall[] {
  const askings = lines.flatMap(({ at, broker, event }) =>
    event.event === 'fleet.asking' ? [{ at, broker, event }] : [],
  );
  const unused = new Set(askings);
  return calls.map((call) => {
    const asking = askings.findLast(
      (candidate) =>
        unused.has(candidate) &&
        candidate.event.fleet === fleetOf(call) &&
        candidate.event.traceparent === call.headers['traceparent'] &&
        candidate.at <= call.arrivedAt.wallMs + CLOCK_STEP_MS,
    );
    if (asking === undefined) return { call };
    if (call.status !== 401) unused.delete(asking);
    return { call, asking };
  });
}

/** Two processes read the same clock to the millisecond, each rounding for itself. */
export const CLOCK_STEP_MS = 2;

function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): (key: string) => readonly T[] {
  const groups = Map.groupBy(items, keyOf);
  return (key) => groups.get(key) ?? [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
