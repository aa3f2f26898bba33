import type { FromSchema } from 'json-schema-to-ts';
import { validateSessionHostsAnswer } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import type { FleetAnswer, FleetHost } from '../fleet.ts';
import { hostAnswer } from '../hostAnswer.ts';
import type { sessionHostsAnswerSchema } from './answerSchema.ts';
import { REJECTIONS, UNNAMED_REJECTION } from './rejections.ts';

/** A 200 that has passed the schema. */
type SessionHostsAnswer = FromSchema<typeof sessionHostsAnswerSchema>;

/** What an answer means to the broker: the answer table of the sessionhosts API. */
export function fleetAnswer({ status, retryAfterMs, body }: Answered): FleetAnswer {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 200) return hostAnswer(body, validateSessionHostsAnswer, host);
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

/** Member by member: what is not named here stays here. */
function host({ hostName, portMappings, region, secureContext }: SessionHostsAnswer): FleetHost {
  return {
    hostName,
    ports: portMappings.map(({ Key, Value }) => ({ name: Key, port: Value.external })),
    region,
    ...(typeof secureContext === 'string' && secureContext !== '' ? { secureContext } : {}),
  };
}
