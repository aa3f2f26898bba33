import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { type RequestMatch, type TableRequest, matches } from './tableRequest.ts';

/**
 * What can go wrong with one request to the table service.
 * - `delay`: forwarded after `ms`.
 * - `refuse`: the connection is closed without a byte; nothing is forwarded.
 * - `reset-before`: the connection is reset; nothing is forwarded.
 * - `reset-after`: forwarded and done, then the connection is reset: the answer is lost.
 * - `status`: answered by the proxy with an error of the service; with `after`, once it was forwarded and done.
 * - `hang`: never answered; with `after`, though it was forwarded and done.
 * - `half-answer`: forwarded and done; the answer breaks off in its middle.
 * - `empty-page`: a query is answered with no rows and a continuation, which then gives the rows.
 */
export type Fault =
  | { readonly type: 'delay'; readonly ms: number }
  | { readonly type: 'refuse' | 'reset-before' | 'reset-after' | 'half-answer' | 'empty-page' }
  | {
      readonly type: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly after?: boolean;
    }
  | { readonly type: 'hang'; readonly after?: boolean };

export interface FaultRule {
  /** Default: every request. */
  readonly match?: RequestMatch;
  readonly fault: Fault;
  /** How many requests it hits; default: all that fit. */
  readonly times?: number;
}

/** The name under which a fault is counted. */
export function nameOf(fault: Fault): string {
  if (fault.type === 'status') return `status-${fault.status}${fault.after === true ? '-after' : ''}`;
  return fault.type === 'hang' && fault.after === true ? 'hang-after' : fault.type;
}

/** Whether the request reaches the service, and the fault is what becomes of the answer. */
export function actsAfter(fault: Fault): boolean {
  if (fault.type === 'status' || fault.type === 'hang') return fault.after === true;
  return fault.type === 'reset-after' || fault.type === 'half-answer';
}

/** The rules in force, in the order in which they were given: the first that fits a request hits it. */
export class FaultRules {
  readonly #rules = new Set<{ readonly rule: FaultRule; hits: number }>();

  /** @returns takes the rule away again */
  add(rule: FaultRule): () => void {
    const entry = { rule, hits: 0 };
    this.#rules.add(entry);
    return () => this.#rules.delete(entry);
  }

  draw(request: TableRequest): Fault | undefined {
    for (const entry of this.#rules) {
      const { match = {}, times = Infinity, fault } = entry.rule;
      if (entry.hits >= times || !matches(match, request)) continue;
      entry.hits += 1;
      return fault;
    }
    return undefined;
  }

  clear(): void {
    this.#rules.clear();
  }
}

/** Carries out a fault that keeps the request from the service. False: it goes on, only later. */
export async function actBefore(
  fault: Fault,
  response: ServerResponse,
  ended: AbortSignal,
): Promise<boolean> {
  switch (fault.type) {
    case 'delay':
      await sleep(fault.ms, undefined, { signal: ended }).catch(() => undefined);
      return false;
    case 'refuse':
      response.socket?.end();
      return true;
    case 'reset-before':
      breakOff(response);
      return true;
    case 'status':
      answerError(fault, response);
      return true;
    case 'hang':
      return true;
    case 'reset-after':
    case 'half-answer':
    case 'empty-page':
      return false;
  }
}

/** Resets the connection; one that its other end has left already is only closed, since it cannot be reset any more. */
export function breakOff({ socket }: ServerResponse): void {
  if (socket === null || socket.destroyed) return;
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** An error as the table service words it. */
export function answerError(fault: Extract<Fault, { type: 'status' }>, response: ServerResponse): void {
  const code =
    fault.status === 503 ? 'ServerBusy' : fault.status === 500 ? 'InternalError' : 'TooManyRequests';
  const message = { lang: 'en-US', value: 'A fault was asked for.' };
  response.writeHead(fault.status, {
    'content-type': 'application/json;odata=minimalmetadata',
    'x-ms-error-code': code,
    ...(fault.retryAfterSeconds !== undefined && { 'retry-after': String(fault.retryAfterSeconds) }),
  });
  response.end(JSON.stringify({ 'odata.error': { code, message } }));
}
