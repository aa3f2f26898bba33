import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FromSchema } from 'json-schema-to-ts';
import { PROBLEMS, type ProblemCode } from '../../../lib/contract/problem.ts';
import { allocationSchema, pendingSchema } from '../../../lib/contract/schemas/allocation.ts';
import { problemSchema } from '../../../lib/contract/schemas/problem.ts';
import { type Host, normaliseLocation } from '../../../local/fleet/state.ts';
import { type CallerAnswer, type Evidence, disturbed } from '../harness/evidence.ts';
import { type Invariant, type Violation, ofEachSession } from './invariant.ts';
import { endAskedAt, isHost, saysEnded } from './said.ts';

type Allocation = FromSchema<typeof allocationSchema>;

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const isProblem = ajv.compile(problemSchema);
const isPending = ajv.compile(pendingSchema);
const isAllocation = ajv.compile(allocationSchema);

export const everySessionHasItsHost = ofEachSession(
  'every-session-has-a-host',
  'Every caller of every session ended with a host, or heard that it is over; whoever ends one heard so, or of none.',
  (sessionId, evidence) => {
    const answers = evidence.answersOf(sessionId);
    if (answers.length === 0) return ['nobody asked for it'];
    const callers = Map.groupBy(answers, ({ caller }) => caller);
    return [...callers].flatMap(([caller, own]) =>
      own.some((answer) => isHost(answer) || saysEnded(answer) || isNothingToEnd(answer))
        ? []
        : [`${caller} never got what it asked for`],
    );
  },
);

export const oneAnswer = ofEachSession(
  'one-answer',
  'Every 200 and 201 that a session ever got is the same body, the one in its row, and of the host that the fleet gave it; ' +
    'that of an ended session is of the host that its tombstone names.',
  (sessionId, evidence) => {
    const bodies = new Set(
      evidence
        .answersOf(sessionId)
        .filter(isHost)
        .map(({ body }) => body),
    );
    const row = evidence.sessionRow(sessionId);
    const stored = row?.['body'];
    const isEnded = row?.['state'] === 'ended';
    return [
      ...(bodies.size > 1
        ? [`clients got ${bodies.size} different bodies: ${[...bodies].join(' and ')}`]
        : []),
      ...(isEnded || row?.['state'] === 'allocated'
        ? []
        : [`its row is not allocated: ${JSON.stringify(row)}`]),
      ...[...bodies]
        .filter((body) => (isEnded ? hostNameIn(body) !== row['hostName'] : body !== stored))
        .map((body) => `${body} is not what its row says`),
      ...[...bodies]
        .filter((body) => !isFromFleet(body, sessionId, evidence))
        .map((body) => `${body} is not from the fleet`),
    ];
  },
);

export const oneCreated = ofEachSession('one-201', 'At most one 201 a session.', (sessionId, evidence) => {
  const created = evidence.answersOf(sessionId).filter(({ status }) => status === 201);
  return created.length > 1 ? [`${created.length} callers were told 201`] : [];
});

export const onlyDocumentedAnswers = ofEachSession(
  'documented-answers',
  'Every answer is of its schema; every problem is one of the table, retryable, and names its pause.',
  (sessionId, evidence) => {
    const answers = evidence.answersOf(sessionId);
    const known = answers.filter((answer) => isHost(answer) || saysEnded(answer));
    const knownAt = Math.min(...known.map(({ answeredAt }) => answeredAt));
    const endedAt = endAskedAt(sessionId, evidence);
    return answers.flatMap((answer) => {
      const wrong = undocumented(answer, knownAt, endedAt);
      return wrong === undefined ? [] : [`${answer.caller} got ${String(answer.status)}: ${wrong}`];
    });
  },
);

export const onlyKillsBreakConnections: Invariant = {
  name: 'no-broken-connections',
  promise:
    'No client’s connection broke but by the death of the broker at its other end; an orderly end answers what it has.',
  check: (evidence) =>
    evidence.records.answers.flatMap((answer): Violation[] => {
      if (answer.status !== undefined || diedMeanwhile(answer, evidence)) return [];
      const { sessionId, caller, broker, failure = 'unknown' } = answer;
      return [{ sessionId, message: `${caller}’s connection to ${broker} broke: ${failure}` }];
    }),
};

/** Whether somebody who wanted to end the session has heard that nobody has begun it. */
function isNothingToEnd({ method, status }: CallerAnswer): boolean {
  return method === 'DELETE' && status === 404;
}

/**
 * What the contract does not allow about an answer.
 *
 * @param knownAt when the first caller was told of the host, or that there will be none
 * @param endedAt when somebody first said that the session is over
 */
function undocumented(answer: CallerAnswer, knownAt: number, endedAt: number): string | undefined {
  const { status, body, contentType = '', retryAfter, sentAt, answeredAt } = answer;
  if (status === undefined) return undefined;
  if (status === 204) return isEndAnswer(answer) ? undefined : `not the answer to an end: ${body}`;
  const json = parse(body);
  if (status === 202)
    return isPending(json) && retryAfter !== undefined ? undefined : `not a pending body: ${body}`;
  if (isHost(answer)) return isAllocation(json) ? undefined : `not an allocation: ${body}`;
  if (!contentType.startsWith('application/problem+json') || !isProblem(json))
    return `no problem document: "${body}"`;
  const { code, retryable, retryAfterSeconds } = json as {
    code: ProblemCode;
    retryable: boolean;
    retryAfterSeconds?: number;
  };
  // Looking before there is anything to see is answered so; saying so of a session that has its host denies it.
  if (code === 'unknown-session' && answer.method !== 'POST' && sentAt < knownAt) return undefined;
  if (PROBLEMS[code].status !== status) return `${code} is a ${PROBLEMS[code].status}`;
  if (PROBLEMS[code].retryable !== retryable) return `${code} says retryable: ${retryable}`;
  if (code === 'session-ended') {
    return answer.method !== 'DELETE' && endedAt <= answeredAt ? undefined : 'nobody has ended it';
  }
  if (!retryable) return `${code} tells the client to give up`;
  if (code === 'internal') return 'a defect';
  const paused = retryAfterSeconds === undefined ? undefined : String(retryAfterSeconds);
  return paused === retryAfter
    ? undefined
    : `Retry-After is ${String(retryAfter)}, the body says ${String(paused)}`;
}

function isEndAnswer({ method, body, end = '' }: CallerAnswer): boolean {
  return method === 'DELETE' && body === '' && ['told', 'no-host', 'pending', 'not-told'].includes(end);
}

function hostNameIn(body: string): unknown {
  return (parse(body) as Partial<Allocation> | undefined)?.hostName;
}

function diedMeanwhile({ broker, sentAt, answeredAt }: CallerAnswer, evidence: Evidence): boolean {
  const life = evidence.life(broker);
  const { askedAt } = life?.stop ?? {};
  if (askedAt !== undefined) {
    // What was sent to it while it was frozen it may never have accepted.
    const unseen = sentAt >= askedAt - DEATH_SPREADS_MS || disturbed(life, sentAt, askedAt) === 'paused';
    return unseen || answeredAt >= askedAt + ORDERLY_GRACE_MS;
  }
  // A request that was on its way to a process that had just died is sent after the death was ordered.
  return disturbed(life, sentAt - DEATH_SPREADS_MS, answeredAt) === 'killed';
}

const DEATH_SPREADS_MS = 500;
/** An orderly end lets the requests under way be answered for so long; what comes later finds nobody. */
const ORDERLY_GRACE_MS = 5_000;

/**
 * Whether a body tells the address of a host that the fleet started for this session, and the mark of an answer of the
 * fleet's to it, or none where the fleet marks nothing.
 */
function isFromFleet(body: string, sessionId: string, evidence: Evidence): boolean {
  const { secureContext, ...told } = (parse(body) ?? {}) as Partial<Allocation>;
  const marks = new Set(evidence.fleetCallsOf(sessionId).flatMap(({ call }) => call.answerMark ?? []));
  const marked = marks.size === 0 ? secureContext === undefined : marks.has(secureContext ?? '');
  const own = told.sessionId === sessionId && evidence.hostsOf(sessionId).some((host) => isOf(host, told));
  return marked && own;
}

/** By everything that leads a client there: neighbours among the simulated hosts differ in each port. */
function isOf(host: Host, { hostName, ports, region = '' }: Partial<Allocation>): boolean {
  const outside = host.ports.map(({ name, external }) => `${name} ${external}`);
  const told = (ports ?? []).map(({ name, port }) => `${name} ${port}`);
  const there = normaliseLocation(region) === normaliseLocation(host.location);
  return hostName === host.hostName && there && told.join() === outside.join();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
