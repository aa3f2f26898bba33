import { type HttpRequest, type HttpResponseInit, type InvocationContext, app } from '@azure/functions';
import { enderOf, KEY_HOLDER } from '../lib/auth/ender.ts';
import { requireTicket } from '../lib/auth/ticket.ts';
import { endingsAuthLevelFor } from '../lib/config/registration.ts';
import { parseSessionId, requireSessionId } from '../lib/contract/parseRequest.ts';
import { COMMON_HEADERS } from '../lib/contract/render.ts';
import type { EventSink } from '../lib/events.ts';
import { checkedTraceparent } from '../lib/traceparent.ts';
import { getApp } from './app.ts';
import { answering } from './respond.ts';

/** Whom it lets in: the handler asks for a token exactly where the host asks for no key. */
const authLevel = endingsAuthLevelFor(process.env);

/** A function of its own, so that the key which players' clients hold ends nothing. */
app.http('endings', {
  methods: ['DELETE'],
  route: 'v1/allocations/{sessionId?}',
  authLevel,
  handler: answering(end),
});

async function end(
  request: HttpRequest,
  context: InvocationContext,
  emit: EventSink,
): Promise<HttpResponseInit> {
  const id = requireSessionId(request.params['sessionId'], 'DELETE');
  const { authenticator, broker, settings } = await getApp(emit);
  const { by, ticket } =
    authLevel === 'function'
      ? KEY_HOLDER
      : enderOf(await authenticator.authenticate(request.headers, emit), settings.titleId);
  const sessionId = parseSessionId(id);
  requireTicket(ticket, { sessionId });
  const { fleet } = await broker.end(sessionId, {
    invocationId: context.invocationId,
    by,
    traceparent: checkedTraceparent(context.traceContext?.traceParent),
    emit,
  });
  return { status: 204, headers: { ...COMMON_HEADERS, 'Allocation-End': fleet } };
}
