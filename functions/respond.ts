import type { HttpMethod, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { Problem } from '../lib/contract/problem.ts';
import { renderProblem } from '../lib/contract/render.ts';
import type { BrokerEvent, EventLevel, EventSink } from '../lib/events.ts';
import { printableJson } from '../lib/text.ts';

/**
 * Load balancers and monitors probe with HEAD. It is answered as GET is; the host leaves out the body (RFC 9110,
 * section 9.3.2).
 */
export const READ_METHODS: HttpMethod[] = ['GET', 'HEAD'];

export type Handler = (
  request: HttpRequest,
  context: InvocationContext,
  emit: EventSink,
) => Promise<HttpResponseInit>;

/**
 * Makes every failure a documented problem: the Functions host answers an error that leaves the handler with an empty
 * 500. What is not a {@link Problem} is a defect of the broker, reported to its operators and to nobody else.
 */
export function answering(
  handler: Handler,
): (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit> {
  return async (request, context) => {
    const emit = eventSink(context);
    try {
      return await handler(request, context, emit);
    } catch (error) {
      return { ...renderProblem(asProblem(error, emit), context.invocationId) };
    }
  };
}

/** One event is one line of JSON: the log would print an object as text over several lines. */
export function eventSink(context: InvocationContext): EventSink {
  const write: Record<EventLevel, (line: string) => void> = {
    debug: (line) => context.debug(line),
    info: (line) => context.info(line),
    warn: (line) => context.warn(line),
    error: (line) => context.error(line),
  };
  return (level: EventLevel, event: BrokerEvent) => write[level](printableJson(event));
}

export function asProblem(error: unknown, emit: EventSink): Problem {
  if (error instanceof Problem) return error;
  // The stack of our own code says where; the message may hold what an upstream or a caller wrote, so it stays here.
  const { name, stack = '' } = error instanceof Error ? error : new Error('not an Error');
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  emit('error', { event: 'defect', reason: name, stack: frames.slice(0, 8).join('\n') });
  return new Problem(
    'internal',
    'The broker failed. Repeat the request; quote the instance if it happens again.',
  );
}
