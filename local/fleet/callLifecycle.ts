import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakOff, deliver, misbehave, toWire } from './answer.ts';
import type { CallLog, CallRecord } from './callLog.ts';
import type { CallPoint } from './faultSchema.ts';
import { type AnswerAction, type CallFacts, type ImmediateAction, isAnswerAction } from './faults.ts';
import { readBody } from './incoming.ts';
import type { Answer, FleetProtocol, Reading } from './protocol.ts';
import type { Host } from './state.ts';
import type { World } from './world.ts';

/** One call on its way through the simulator. */
interface CallContext {
  readonly world: World;
  /** Where the call is recorded: among the world's calls, or its asides. */
  readonly log: CallLog;
  readonly call: CallRecord;
  readonly facts: CallFacts;
  readonly response: ServerResponse;
  /** Faults that change the answer, collected on the way to it. */
  readonly changes: AnswerAction[];
  /** A fault has it that no host is free for this call. */
  full: boolean;
}

/**
 * Handles one call from its arrival to its end. A caller who leaves does not stop it: as with a real fleet, a delayed
 * call still starts its host. Nothing that a caller does makes it reject.
 */
export async function handleCall(
  world: World,
  protocol: FleetProtocol,
  request: IncomingMessage,
  response: ServerResponse,
  onEnd?: (call: CallRecord) => void,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  const method = request.method ?? 'GET';
  const aside = protocol.asides?.has(path) === true;
  const log = aside ? world.asides : world.log;
  const call = log.open(method, path, request.headers);
  world.open.set(response, { call, log });
  response.once('close', () => {
    world.open.delete(response);
    if (!call.answeredAt && !call.resetAt) log.closedByClient(call);
    onEnd?.(call);
  });
  const body = await readBody(request);
  if (body === undefined) return;
  const reading = protocol.read({ method, path, headers: request.headers, body });
  describe(call, reading);
  const { sessionId, locations } = reading.subject;
  const facts = { path, aside, sessionId, locations };
  try {
    await proceed({ world, log, call, facts, response, changes: [], full: false }, reading);
  } catch (error) {
    if (!world.ended.aborted) throw error;
  }
}

async function proceed(context: CallContext, reading: Reading): Promise<void> {
  const { world, log, call, facts } = context;
  if (await endsAt('received', context)) return;
  if (reading.kind === 'reply') {
    const { reply } = reading;
    const answer = typeof reply === 'function' ? reply(world.state) : reply;
    if (!facts.aside) log.outcome(call, 'refused');
    else if (await endsAt('allocated', context)) return;
    return send(context, answer);
  }
  const { render } = reading;
  const { sessionId, locations, build } = reading.subject;
  const allocation = world.state.request(sessionId, locations, build, context.full);
  log.outcome(call, allocation.kind, allocation.kind === 'none' ? undefined : allocation.host.hostId);
  if (allocation.kind === 'none') {
    return send(context, render({ kind: 'no-capacity', hasPool: allocation.hasPool }));
  }
  if (allocation.kind === 'starting') return send(context, render({ kind: 'starting' }));
  if (await endsAt('allocated', context)) return;
  if (allocation.kind === 'started' && world.options.firstCall === 'conflict') {
    return send(context, render({ kind: 'starting' }));
  }
  await untilActive(world, allocation.host);
  return send(context, render({ kind: 'host', host: allocation.host }));
}

/** Applies the holds and faults of one point. True when the call ended there. */
async function endsAt(point: CallPoint, context: CallContext): Promise<boolean> {
  const { world, log, call, facts } = context;
  await world.holds.pass(point, call.callId, facts);
  for (const action of world.faults.draw(point, facts)) {
    log.fault(call, action.type);
    if (isAnswerAction(action)) context.changes.push(action);
    else if (await actNow(context, action)) return true;
  }
  return false;
}

/** Carries out a fault that does not wait for the answer. True when the call ended with it. */
async function actNow(context: CallContext, action: ImmediateAction): Promise<boolean> {
  const { world, log, call, facts, response } = context;
  switch (action.type) {
    case 'delay':
      await sleep(world.faults.delayMs(action), undefined, { signal: world.ended });
      return false;
    case 'end-host':
      if (facts.sessionId !== undefined) world.state.end(facts.sessionId);
      return false;
    case 'no-capacity':
      context.full = true;
      return false;
    case 'hang':
      if (!response.destroyed) await new Promise((resolve) => response.once('close', resolve));
      return true;
    case 'reset':
      log.reset(call);
      breakOff(response);
      return true;
    case 'status':
      await send(context, {
        status: action.status,
        headers: {
          ...(action.contentType !== undefined && { 'content-type': action.contentType }),
          ...(action.retryAfter !== undefined && { 'retry-after': action.retryAfter }),
        },
        body: action.body ?? { code: 'InjectedFault', message: 'A fault rule asked for this status.' },
      });
      return true;
  }
}

async function send(context: CallContext, answer: Answer): Promise<void> {
  const { world, log, call, response } = context;
  // The caller has left: there is nobody to answer, and the report shows it.
  if (response.destroyed) return;
  const wire = context.changes.reduce(misbehave, toWire(answer));
  if (answer.mark !== undefined) call.answerMark = answer.mark;
  const stamp = (): void => log.answered(call, wire.status);
  if (!(await deliver(response, wire, world.ended, stamp))) return;
  log.reset(call);
  response.destroy();
}

async function untilActive(world: World, host: Host): Promise<void> {
  // A timer may fire up to a millisecond early: look again.
  for (let ms = world.state.msUntilActive(host); ms > 0; ms = world.state.msUntilActive(host)) {
    await sleep(Math.ceil(ms), undefined, { signal: world.ended });
  }
}

function describe(call: CallRecord, { subject }: Reading): void {
  call.locations = subject.locations;
  call.authorized = subject.authorized;
  if (subject.sessionId !== undefined) call.sessionId = subject.sessionId;
  if (subject.cookie !== undefined) call.cookie = subject.cookie;
}
