import { type HttpRequest, type HttpResponseInit, type InvocationContext, app } from '@azure/functions';
import type { Caller } from '../lib/auth/authenticator.ts';
import { type Origin, callerKey } from '../lib/auth/callerKey.ts';
import { requireTicket } from '../lib/auth/ticket.ts';
import type { AllocationAnswer } from '../lib/broker.ts';
import type { AllocationCall } from '../lib/broker/call.ts';
import type { App } from '../lib/composition.ts';
import { authLevelFor } from '../lib/config/registration.ts';
import type { Settings } from '../lib/config/settings.ts';
import { checkBodyHeaders, checkBodySize } from '../lib/contract/bodyHeaders.ts';
import type { AnsweredOutcome } from '../lib/contract/outcomes.ts';
import { parseAllocationRequest, parseSessionId, requireSessionId } from '../lib/contract/parseRequest.ts';
import { parsePreferWait } from '../lib/contract/prefer.ts';
import { checkedTraceparent } from '../lib/traceparent.ts';
import { Problem, PROBLEMS } from '../lib/contract/problem.ts';
import { COMMON_HEADERS, renderPending } from '../lib/contract/render.ts';
import type { EventSink } from '../lib/events.ts';
import { getApp } from './app.ts';
import { RequestLog } from './requestLog.ts';
import { answering, asProblem } from './respond.ts';

const requestLog = new RequestLog();

/** One function for both verbs, so that clients hold ONE function key, which opens nothing else. */
app.http('allocations', {
  methods: ['POST', 'GET'],
  route: 'v1/allocations/{sessionId?}',
  authLevel: authLevelFor(process.env),
  handler: answering((request, context, emit) =>
    (request.method === 'POST' ? post : get)(request, context, emit),
  ),
});

async function post(
  request: HttpRequest,
  context: InvocationContext,
  emit: EventSink,
): Promise<HttpResponseInit> {
  const startedMs = performance.now();
  let sessionId: string | undefined;
  let counter: App['requestCounter'] | undefined;
  const report = (outcome: AnsweredOutcome, status: number, replayed: boolean): void => {
    const totalMs = Math.round(performance.now() - startedMs);
    counter?.count(replayed ? 'replayed' : outcome, totalMs);
    const line = { event: 'allocation.request', outcome, status, replayed, totalMs, sessionId } as const;
    for (const due of requestLog.due(line)) emit('info', due);
  };
  try {
    if (request.params['sessionId'] !== undefined) throw postWithPath();
    const { authenticator, broker, settings, requestCounter } = await getApp(emit);
    counter = requestCounter;
    const caller = await authenticator.authenticate(request.headers, emit);
    const allocation = parseAllocationRequest(await bodyOf(request), settings.gameModes);
    ({ sessionId } = allocation);
    requireTicket(caller.ticket, allocation);
    const answer = await broker.allocate(allocation, {
      invocationId: context.invocationId,
      waitMs: parsePreferWait(request.headers.get('prefer')) * 1_000,
      traceparent: checkedTraceparent(context.traceContext?.traceParent),
      ...countedAs(caller, request, settings),
      emit,
    });
    const response = render(allocation.sessionId, answer, 201);
    report(answer.kind, response.status, answer.kind === 'allocated' && answer.replayed);
    return response;
  } catch (error) {
    const problem = asProblem(error, emit);
    report(problem.code, PROBLEMS[problem.code].status, false);
    throw problem;
  }
}

async function get(
  request: HttpRequest,
  _context: InvocationContext,
  emit: EventSink,
): Promise<HttpResponseInit> {
  const id = requireSessionId(request.params['sessionId'], 'GET');
  const { authenticator, broker } = await getApp(emit);
  const { ticket } = await authenticator.authenticate(request.headers, emit);
  const sessionId = parseSessionId(id);
  requireTicket(ticket, { sessionId });
  return render(sessionId, await broker.find(sessionId, emit, ticket), 200);
}

async function bodyOf(request: HttpRequest): Promise<Uint8Array> {
  checkBodyHeaders(request.headers);
  const body = new Uint8Array(await request.arrayBuffer());
  checkBodySize(body.byteLength);
  return body;
}

/** Whom a new allocation is counted for, and how many that caller may start. */
function countedAs(
  caller: Caller,
  request: HttpRequest,
  settings: Settings,
): Pick<AllocationCall, 'caller' | 'subject' | 'limit'> {
  const key = callerKey(caller, originOf(request, settings), settings.titleId);
  return {
    caller: key,
    subject: caller.subject === undefined ? undefined : key,
    limit: caller.trusted === true ? (settings.quota?.trusted?.limit ?? Infinity) : undefined,
  };
}

function originOf(request: HttpRequest, { quota }: Settings): Origin {
  return { forwardedFor: request.headers.get('x-forwarded-for'), trustedHops: quota?.trustedHops ?? 0 };
}

function render(
  sessionId: string,
  answer: AllocationAnswer,
  statusOfNew: 200 | 201,
): HttpResponseInit & { readonly status: number } {
  const headers = { ...COMMON_HEADERS, 'Content-Type': 'application/json; charset=utf-8' };
  if (answer.kind === 'pending') {
    const { retryAfterSeconds } = answer;
    return {
      status: 202,
      headers: { ...headers, 'Retry-After': String(retryAfterSeconds) },
      body: renderPending(sessionId, retryAfterSeconds),
    };
  }
  if (!answer.replayed) return { status: statusOfNew, headers, body: answer.body };
  return { status: 200, headers: { ...headers, 'Idempotency-Replayed': 'true' }, body: answer.body };
}

function postWithPath(): Problem {
  return new Problem('invalid-request', 'Send POST to /api/v1/allocations, with the sessionId in the body.');
}
