import type { RequestRecord } from '../support/faultProxy/requestLog.ts';
import type { CallerAnswer, Evidence, FleetCall } from './harness/evidence.ts';

interface Moment {
  readonly at: number;
  readonly text: string;
}

/** Everything that is known of one session, in the order of time; times are milliseconds since its first event. */
export function traceOf(evidence: Evidence, sessionId: string): string[] {
  const moments = [
    ...evidence.answersOf(sessionId).flatMap(ofAnswer),
    ...evidence
      .linesOf(sessionId)
      .map(({ at, broker, event }) => ({ at, text: `${broker} says ${brief(event)}` })),
    ...evidence.storageOf(sessionId).flatMap(ofRequest),
    ...evidence.fleetCallsOf(sessionId).flatMap(ofCall),
    ...evidence.endCallsOf(sessionId).flatMap((call) => ofCall({ call })),
    ...evidence
      .hostsOf(sessionId)
      .flatMap(({ startedAt, endedAt, hostId }) => [
        { at: startedAt.wallMs, text: `fleet     starts ${hostId}` },
        ...(endedAt === undefined ? [] : [{ at: endedAt.wallMs, text: `fleet     shuts ${hostId} down` }]),
      ]),
  ];
  const from = Math.min(...moments.map(({ at }) => at));
  const until = Math.max(...moments.map(({ at }) => at));
  const meanwhile = livesOf(evidence).filter(({ at }) => at >= from && at <= until);
  const row = evidence.sessionRow(sessionId);
  return [
    `session ${sessionId}`,
    ...[...moments, ...meanwhile]
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, text }) => `${String(at - from).padStart(7)} ms  ${text}`),
    `its row at the end: ${brief(row ?? {})}`,
    ...evidence.historyOf(sessionId).map((entry) => `a history row at the end: ${brief(entry)}`),
  ];
}

function ofAnswer(answer: CallerAnswer): Moment[] {
  const { caller, method, broker, sentAt, answeredAt, status, failure, end = '', body } = answer;
  const what = status === undefined ? `nothing (${failure ?? 'unknown'})` : `${status} ${end}${body}`;
  return [
    { at: sentAt, text: `${caller} sends ${method} to ${broker}` },
    { at: answeredAt, text: `${caller} gets ${what}` },
  ];
}

function ofRequest(request: RequestRecord): Moment[] {
  const { client, operation, table, row, fault, receivedAt, doneAt, status, ifMatch, id } = request;
  const columns = row && brief({ state: row['state'], outcome: row['outcome'], attemptId: row['attemptId'] });
  const condition = ifMatch === undefined ? '' : ` if ${ifMatch}`;
  const hit = fault === undefined ? '' : ` [${fault}]`;
  return [
    { at: receivedAt, text: `${client} → #${id} ${operation} ${table} ${columns ?? ''}${condition}${hit}` },
    ...(doneAt === undefined ? [] : [{ at: doneAt, text: `tables    #${id} done: ${String(status)}` }]),
  ];
}

function ofCall({ call }: FleetCall): Moment[] {
  const { callId, path, arrivedAt, answeredAt, closedByClientAt, resetAt, status, faults, outcome } = call;
  const end = answeredAt ?? closedByClientAt ?? resetAt;
  const how = answeredAt ? String(status) : closedByClientAt ? 'closed by the broker' : 'reset';
  const hit = faults.length === 0 ? '' : ` [${faults.join(', ')}]`;
  return [
    { at: arrivedAt.wallMs, text: `fleet     call ${callId} arrives: ${path}` },
    ...(end
      ? [
          {
            at: end.wallMs,
            text: `fleet     call ${callId} ends: ${how}, ${outcome ?? 'not looked at'}${hit}`,
          },
        ]
      : []),
  ];
}

function livesOf({ records: { lives } }: Evidence): Moment[] {
  return lives.flatMap(({ broker, killedAt, stop, pauses }) => [
    ...(killedAt === undefined ? [] : [{ at: killedAt, text: `${broker} is killed` }]),
    ...(stop === undefined ? [] : [{ at: stop.askedAt, text: `${broker} is asked to end` }]),
    ...(stop?.endedAt === undefined ? [] : [{ at: stop.endedAt, text: `${broker} has ended` }]),
    ...pauses.flatMap(({ from, until }) => [
      { at: from, text: `${broker} is stopped` },
      ...(until === undefined ? [] : [{ at: until, text: `${broker} goes on` }]),
    ]),
  ]);
}

function brief(value: object): string {
  return JSON.stringify(value);
}
