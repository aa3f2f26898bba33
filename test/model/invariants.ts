import { LEASE_MS } from '../../lib/broker/lease.ts';
import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import type { Row } from '../../lib/ledger/tables/entityTable.ts';
import { endings, ends, unless } from './endInvariants.ts';
import type { Answered } from './callers.ts';
import type { FleetCall } from './modelFleet.ts';
import type { Placed } from './observer.ts';
import { type Outcome, SESSION } from './run.ts';
import { type Process, PROMPT_MS } from './world.ts';

/** What a caller may be told instead of a host, when no two callers bring different cookies. */
const TOLD = [
  'pending',
  'crashed',
  'hung-up',
  'storage-unavailable',
  'upstream-failed',
  'no-capacity',
  'session-mismatch',
  'session-ended',
  ...['pending', 'crashed', 'hung-up', 'storage-unavailable', 'session-ended', 'unknown-session'].map(
    (what) => `${what} of GET`,
  ),
];

/** What `Date` may hide. */
const WHOLE_SECONDS_MS = 1_100;

/** Every promise of the protocol that a run has broken, in words. */
export function broken(outcome: Outcome): string[] {
  return [
    ...outcome.violations,
    ...oneHost(outcome),
    ...answers(outcome),
    ...ends(outcome),
    ...endings(outcome),
    ...outcome.fleet.calls.flatMap((call) => [
      ...leases(call, outcome),
      ...overlaps(call, outcome),
      ...moves(call, outcome),
    ]),
    ...history(outcome),
    ...gathering(outcome),
    ...outcome.placed.flatMap((placed) => heard(placed, outcome)),
  ];
}

/** One host is started for a beginning of the session, and further ones only after the one before was shut down. */
function oneHost({ fleet, answered, sessions }: Outcome): string[] {
  const isOver = sessions.stored(SESSION, SESSION_ROW_KEY)?.row['state'] === 'ended';
  const { hosts } = fleet.beginning;
  return [
    ...unless(isOver || hosts.length === 1, `${hosts.length} hosts were started`),
    ...unless(
      fleet.beginnings.every(({ mostAtOnce }) => mostAtOnce <= 1),
      'more than one host was running',
    ),
    ...unless(
      isOver || answered.some(({ caller }) => caller === 'last caller'),
      'the last caller got no host',
    ),
  ];
}

function answers({ sessions, fleet, answered, told }: Outcome): string[] {
  const row = sessions.stored(SESSION, SESSION_ROW_KEY)?.row;
  const isOver = row?.['state'] === 'ended';
  const now = answered.filter(({ beginning }) => beginning === fleet.beginning);
  return [
    ...unless(isOver || row?.['state'] === 'allocated', 'the session is not allocated'),
    ...now.flatMap(({ caller, body }) =>
      unless(
        isOver ? body.includes(String(row['hostName'])) : body === row?.['body'],
        `${caller} has another body than the row`,
      ),
    ),
    ...fleet.beginnings.flatMap((one) => alike(answered.filter(({ beginning }) => beginning === one))),
    ...told.filter((what) => !TOLD.includes(what)).map((what) => `a caller was told ${what}`),
  ];
}

/** What callers got of one beginning of the session. */
function alike(answered: readonly Answered[]): string[] {
  return [
    ...unless(new Set(answered.map(({ body }) => body)).size <= 1, 'callers have different bodies'),
    ...unless(answered.filter(({ replayed }) => !replayed).length <= 1, 'more than one caller was told 201'),
    ...answered.flatMap(({ caller, body, cookie, beginning }) => {
      const host = beginning.hosts.find(({ name }) => body.includes(`"${name}"`));
      return [
        ...unless(host !== undefined, `${caller} has the host of an expired session`),
        ...unless(
          cookie === undefined || cookie === host?.cookie,
          `${caller} brought ${cookie}, the game server has ${host?.cookie}`,
        ),
      ];
    }),
  ];
}

/**
 * By the storage service's clock alone: claims of the call's own attempt, each written at most a lease before, cover
 * every moment of the call, and no other attempt claims the session in the meantime.
 *
 * A process that is dead or frozen has not ended its call: its last lease protects it, and nothing else. One that comes
 * back ends it at once, unless it finds the session still its own and renews the lease before anything else.
 */
function leases(call: FleetCall, { sessions }: Outcome): string[] {
  const { attemptId, sentAtMs, endedAtMs, process } = call;
  const spans = leasesOf(call, sessions);
  const gaps = spans.map(({ untilMs }, at) => [untilMs, spans[at + 1]?.fromMs ?? endedAtMs] as const);
  const meanwhile = sessions.writes
    .filter(({ atMs }) =>
      spans.some(({ fromMs, untilMs }) => atMs > fromMs && atMs < Math.min(untilMs, endedAtMs)),
    )
    .map(({ row }) => row);
  const isOwn = (row: Row): boolean => row['attemptId'] === attemptId;
  return [
    ...unless((spans[0]?.fromMs ?? Infinity) <= sentAtMs, `a call of ${attemptId} without a lease`),
    ...unless(
      !gaps.some(([fromMs, untilMs]) => runsBetween(process, fromMs, untilMs)),
      `a call outlasts its lease, and its process could have ended it: ${attemptId}`,
    ),
    ...unless(
      !meanwhile.some((row) => row['state'] === 'claimed' && !isOwn(row)),
      `another claim was written during a call of ${attemptId}`,
    ),
    ...unless(
      !meanwhile.some((row) => row['state'] === 'released' && isOwn(row)),
      `${attemptId} was released during its call`,
    ),
  ];
}

interface Span {
  readonly fromMs: number;
  untilMs: number;
}

/** The times in which the call's attempt had a lease, from before the call was sent until it ended. */
function leasesOf(
  { attemptId, sentAtMs, endedAtMs }: FleetCall,
  sessions: Outcome['sessions'],
): readonly Span[] {
  const spans: Span[] = [];
  for (const { atMs, row } of sessions.writes) {
    if (row['attemptId'] !== attemptId || row['state'] !== 'claimed' || atMs > endedAtMs) continue;
    const last = spans.at(-1);
    if (last !== undefined && atMs <= last.untilMs) last.untilMs = atMs + LEASE_MS;
    else spans.push({ fromMs: atMs, untilMs: atMs + LEASE_MS });
  }
  return spans.filter(({ untilMs }) => untilMs > sentAtMs);
}

/** Whether the process ran for long enough, at some moment between the two, to do what was due. */
function runsBetween({ freezes, diedAtMs }: Process, fromMs: number, untilMs: number): boolean {
  let runsFromMs = fromMs;
  const endMs = Math.min(untilMs, diedAtMs);
  for (const freeze of freezes) {
    if (freeze.fromMs > endMs) break;
    if (freeze.fromMs > runsFromMs) return true;
    runsFromMs = Math.max(runsFromMs, freeze.untilMs + PROMPT_MS);
  }
  return endMs > runsFromMs;
}

/** A call lasts until it has ended, or for as long as the leases of a process that died or stood still. */
function overlaps(call: FleetCall, { fleet, sessions }: Outcome): string[] {
  const spans = leasesOf(call, sessions);
  // Calls are in the order in which they were sent.
  return fleet.calls
    .slice(fleet.calls.indexOf(call) + 1)
    .filter(({ sentAtMs }) => sentAtMs < call.endedAtMs)
    .filter(({ sentAtMs }) => spans.some(({ fromMs, untilMs }) => sentAtMs >= fromMs && sentAtMs < untilMs))
    .map((later) => `calls of ${call.attemptId} and ${later.attemptId} overlap`);
}

/**
 * Another fleet, or the same one for another build, is asked only once every call before it has said that nothing was
 * started: one that was given up, or whose process died, may reach its fleet later still.
 */
function moves(call: FleetCall, { fleet }: Outcome): string[] {
  return fleet.calls
    .slice(0, fleet.calls.indexOf(call))
    .filter(({ beginning, asked, isDry }) => beginning === call.beginning && asked !== call.asked && !isDry)
    .map(({ asked }) => `${call.asked} is asked although a host may have been started at ${asked}`);
}

/**
 * A session is gathered once for each beginning: no write says that more of the window is left than what the first one
 * has left over. What a write says counts from when it is done, so that one that is done late makes up for it; the whole
 * seconds of the storage service's clock hide up to one at each take-over.
 */
function gathering({ sessions }: Outcome): string[] {
  const windows = new Map<unknown, { readonly endsAtMs: number; graceMs: number; attemptId: unknown }>();
  return sessions.writes.flatMap(({ atMs, sentAtMs, row }) => {
    const { incarnation, attemptId, gatherLeftMs } = row;
    const endsAtMs = sentAtMs + Number(gatherLeftMs ?? 0);
    const window = windows.get(incarnation);
    if (window === undefined || incarnation === undefined) {
      windows.set(incarnation, { endsAtMs, graceMs: atMs - sentAtMs, attemptId });
      return [];
    }
    if (window.attemptId !== attemptId) window.graceMs += WHOLE_SECONDS_MS;
    window.attemptId = attemptId;
    const isOver = endsAtMs > window.endsAtMs + window.graceMs;
    window.graceMs += atMs - sentAtMs;
    return unless(
      Number(gatherLeftMs ?? 0) === 0 || !isOver,
      `the window is opened anew by ${String(attemptId)}`,
    );
  });
}

/** What callers have left before the window was closed decides the place, and nobody's measurements count twice. */
function heard({ attemptId, ms, isHindered }: Placed, { sessions, reached }: Outcome): string[] {
  const { writes } = sessions;
  const closedAt = writes.findIndex(
    ({ row }) => row['attemptId'] === attemptId && row['gathering'] === false,
  );
  const { generation, incarnation } = (writes[closedAt]?.row ?? {}) as Partial<Row>;
  const begunAt = writes.findIndex(({ row }) => row['incarnation'] === incarnation);
  const left = writes
    .slice(begunAt, Math.max(begunAt, closedAt))
    .filter(({ row }) => row.rowKey.startsWith(`hints_${String(generation)}_`))
    .map(({ row }) => Number(/"ms":(\d+)/.exec(String(row['hints1']))?.[1] ?? NaN))
    .filter((one) => !Number.isNaN(one));
  if (left.length > 0)
    reached(isHindered ? 'placed, perhaps without what was left' : 'placed with what was left');
  if (ms.length > 1) reached('placed by several callers');
  return [
    ...unless(
      isHindered || left.every((one) => ms.includes(one)),
      `${attemptId} was placed by ${ms.join()} although ${left.join()} were left`,
    ),
    ...unless(new Set(ms).size === ms.length, `${attemptId} was placed by ${ms.join()}`),
  ];
}

/** Every attempt that asked has its row, and a row that names a host names the session's. */
function history({ sessions, history: kept, fleet }: Outcome): string[] {
  const rows = [...kept.rows.rows.values()].map(({ row }) => row);
  const session = sessions.stored(SESSION, SESSION_ROW_KEY)?.row;
  return [
    ...fleet.calls
      .filter(({ attemptId }) => !rows.some((row) => row['attemptId'] === attemptId))
      .map(({ attemptId }) => `attempt ${attemptId} asked and has no history row`),
    ...unless(
      rows.some((row) => row['attemptId'] === session?.['attemptId']),
      'the session names an attempt without a history row',
    ),
  ];
}
