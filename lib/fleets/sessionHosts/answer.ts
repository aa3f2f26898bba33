import type { FromSchema } from 'json-schema-to-ts';
import { validateSessionHostsAnswer } from '../../generated/validators.js';
import type { FleetAnswer, FleetHost } from '../fleet.ts';
import type { Body } from '../http/body.ts';
import type { JsonOutcome } from '../http/jsonCall.ts';
import type { sessionHostsAnswerSchema } from './answerSchema.ts';
import { REJECTIONS, UNNAMED_REJECTION } from './rejections.ts';

/** A 200 that has passed the schema. */
type SessionHostsAnswer = FromSchema<typeof sessionHostsAnswerSchema>;

/** What an outcome of one call means to the broker: the answer table of the sessionhosts API. */
export function fleetAnswer(outcome: JsonOutcome): FleetAnswer {
  switch (outcome.kind) {
    case 'not-sent':
      return { kind: 'failed', maybeStarted: false, reason: outcome.reason };
    case 'lost':
      return { kind: 'unknown', reason: outcome.reason };
    case 'answered':
      return outcome.status === 200 ? hostAnswer(outcome.body) : statusAnswer(outcome);
  }
}

function statusAnswer({ status, retryAfterMs }: Extract<JsonOutcome, { kind: 'answered' }>): FleetAnswer {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  // The session's host was started a moment ago, by another call, and is not Active yet.
  if (status === 409) return { kind: 'starting', status, ...wait };
  if (status === 503) return { kind: 'no-capacity', status, ...wait };
  // Throttled before it was looked at; the other faults may come from behind a start.
  if (status === 429) return { kind: 'failed', status, maybeStarted: false, ...wait };
  if (status === 408 || status >= 500) return { kind: 'failed', status, maybeStarted: true, ...wait };
  if (status < 300)
    return { kind: 'unreadable', status, reason: `The fleet answered ${status} instead of 200.` };
  return { kind: 'rejected', status, reason: REJECTIONS.get(status) ?? UNNAMED_REJECTION };
}

function hostAnswer(body: Body): FleetAnswer {
  switch (body.kind) {
    case 'timeout':
    case 'connection-lost':
      return { kind: 'unknown', reason: body.kind };
    case 'too-large':
      return unreadable('The answer is too large to be one.');
    case 'not-json':
      return unreadable('The answer is not JSON in UTF-8.');
    case 'json':
      return validateSessionHostsAnswer(body.value)
        ? { kind: 'host', status: 200, host: host(body.value) }
        : unreadable(whatIsWrong());
  }
}

/** Member by member: what is not named here stays here. */
function host({ hostName, portMappings, region, secureContext }: SessionHostsAnswer): FleetHost {
  return {
    hostName,
    ports: portMappings.map(({ Key, Value }) => ({ name: Key, port: Value.external })),
    region,
    ...(typeof secureContext === 'string' && secureContext !== '' ? { secureContext } : {}),
  };
}

/** The validator's path consists of the schema's own member names and of indices: no text of the fleet's. */
function whatIsWrong(): string {
  const first = validateSessionHostsAnswer.errors?.[0];
  const where = first === undefined || first.instancePath === '' ? 'The answer' : first.instancePath;
  return `${where} is not of the schema (${first?.keyword ?? 'type'}).`;
}

function unreadable(reason: string): FleetAnswer {
  return { kind: 'unreadable', status: 200, reason };
}
