import { type HttpRequest, type HttpResponseInit, app } from '@azure/functions';
import {
  parseHistoryRequest,
  parseRequestsRequest,
  unknownContinuation,
} from '../lib/contract/historyRequest.ts';
import { Problem } from '../lib/contract/problem.ts';
import { COMMON_HEADERS } from '../lib/contract/render.ts';
import { renderHistory } from '../lib/contract/renderHistory.ts';
import type { EventSink } from '../lib/events.ts';
import { StorageFault } from '../lib/ledger/storageFault.ts';
import { InvalidContinuationError } from '../lib/ledger/reading/historyPosition.ts';
import { getApp } from './app.ts';
import { readinessBody, rememberedReadiness } from './rememberedReadiness.ts';
import { answering } from './respond.ts';

/**
 * For operators: what was asked for, why it was placed where, and what came of it. One function for all that the
 * operators' page shows, so that it needs ONE function key.
 */
app.http('history', {
  methods: ['GET'],
  route: 'v1/history/{view?}',
  authLevel: 'function',
  handler: answering((request, _context, emit) => {
    const { view } = request.params;
    if (view === undefined) return attempts(request, emit);
    if (view === 'ready') return ready(emit);
    if (view === 'requests') return requests(request, emit);
    if (view === 'stock') return stock(emit);
    throw new Problem('invalid-request', 'There is no such view of the history.');
  }),
});

/** As `GET /api/ready` has it, which is for probes: here the answer itself is well, whatever it says. */
async function ready(emit: EventSink): Promise<HttpResponseInit> {
  const jsonBody = readinessBody(await rememberedReadiness(emit));
  return { status: 200, headers: COMMON_HEADERS, jsonBody };
}

/** What players saw: every instance's counts of its answers. */
async function requests(request: HttpRequest, emit: EventSink): Promise<HttpResponseInit> {
  const { readRequests } = await getApp(emit);
  const query = parseRequestsRequest(request.query, Date.now());
  const jsonBody = await readRequests(query).catch((error: unknown) => {
    throw asAnswer(error, emit);
  });
  return { status: 200, headers: COMMON_HEADERS, jsonBody };
}

/** Which servers the fleets have. */
async function stock(emit: EventSink): Promise<HttpResponseInit> {
  const { readStock } = await getApp(emit);
  return { status: 200, headers: COMMON_HEADERS, jsonBody: await readStock() };
}

async function attempts(request: HttpRequest, emit: EventSink): Promise<HttpResponseInit> {
  const { readHistory } = await getApp(emit);
  const query = parseHistoryRequest(request.query, Date.now());
  const found = await readHistory(query).catch((error: unknown) => {
    throw asAnswer(error, emit);
  });
  if (found.sessionFault !== undefined) report(found.sessionFault, emit, query.sessionId);
  return {
    status: 200,
    headers: { ...COMMON_HEADERS, 'Content-Type': 'application/json; charset=utf-8' },
    body: renderHistory(found),
  };
}

function asAnswer(error: unknown, emit: EventSink): unknown {
  if (error instanceof InvalidContinuationError) return unknownContinuation();
  if (!(error instanceof StorageFault)) return error;
  report(error, emit);
  return new Problem('storage-unavailable', 'The history could not be read. Repeat the request.', {
    retryAfterSeconds: 2,
  });
}

function report({ message: reason }: StorageFault, emit: EventSink, sessionId?: string): void {
  emit('warn', { event: 'ledger.fault', step: 'history', sessionId, reason });
}
