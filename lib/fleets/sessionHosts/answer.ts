import type { FromSchema } from 'json-schema-to-ts';
import { validateSessionHostsAnswer } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import { failureAnswer, failureOf } from '../failure.ts';
import type { FleetAnswer } from '../fleet.ts';
import { type ReadHost, hostAnswer } from '../hostAnswer.ts';
import { clientHostName } from '../hostName.ts';
import type { sessionHostsAnswerSchema } from './answerSchema.ts';
import { REJECTIONS, UNNAMED_REJECTION } from './rejections.ts';

/** A 200 that has passed the schema. */
type SessionHostsAnswer = FromSchema<typeof sessionHostsAnswerSchema>;

/** What an answer means to the broker: the answer table of the sessionhosts API. */
export function fleetAnswer(answered: Answered): FleetAnswer {
  const { status, body } = answered;
  if (status === 200) return hostAnswer(body, validateSessionHostsAnswer, host);
  if (status < 300)
    return { kind: 'unreadable', status, reason: `The fleet answered ${status} instead of 200.` };
  // Its own word for "none is free"; the rest is as HTTP has it.
  const failure = status === 503 ? 'no-capacity' : failureOf(status);
  return failureAnswer(failure, answered, REJECTIONS.get(status) ?? UNNAMED_REJECTION);
}

/** Member by member: what is not named here stays here. */
function host(answer: SessionHostsAnswer): ReadHost {
  const { portMappings, region, secureContext } = answer;
  const hostName = clientHostName(answer.hostName);
  if (hostName === undefined) return { wrong: '/hostName is not an address.' };
  return {
    host: {
      hostName,
      ports: portMappings.map(({ Key, Value }) => ({ name: Key, port: Value.external })),
      region,
      ...(typeof secureContext === 'string' && secureContext !== '' ? { secureContext } : {}),
    },
  };
}
