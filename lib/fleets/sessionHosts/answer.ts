import type { FromSchema } from 'json-schema-to-ts';
import { validateSessionHostsAnswer } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import { failureAnswer, failureOf } from '../failure.ts';
import type { FleetAnswer } from '../fleet.ts';
import { type ReadHost, hostAnswer } from '../hostAnswer.ts';
import { clientHostName } from '../hostName.ts';
import type { sessionHostsAnswerSchema } from './answerSchema.ts';

/** A 200 that has passed the schema. */
type SessionHostsAnswer = FromSchema<typeof sessionHostsAnswerSchema>;

/** What an operator looks at, by the status with which the sessionhosts API refused. */
const REJECTIONS: ReadonlyMap<number, string> = new Map([
  [
    400,
    'The fleet refused the parameters: check BROKER_SANDBOX_ID, BROKER_CLOUD_GAME_ID, the gameModeId of this mode in ' +
      'BROKER_GAME_MODES, and that every name in BROKER_LOCATIONS is one the fleet knows.',
  ],
  [
    401,
    'The fleet refused the token, a fresh one included: check SESSIONHOSTS_TOKEN, or SESSIONHOSTS_TOKEN_SCOPE and ' +
      'SESSIONHOSTS_TOKEN_CLIENT_ID, and SESSIONHOSTS_AUTH_SCHEME.',
  ],
  [
    403,
    'The fleet knows the token and does not allow the call: check that its identity may allocate for this title ' +
      'and sandbox, SESSIONHOSTS_TOKEN_SCOPE, and SESSIONHOSTS_AUTH_SCHEME.',
  ],
  [404, 'The fleet knows no such title: check BROKER_TITLE_ID, its subscription, and SESSIONHOSTS_ENDPOINT.'],
]);

const UNNAMED_REJECTION =
  'The fleet answered with a status that its API does not name: check SESSIONHOSTS_ENDPOINT and ' +
  'SESSIONHOSTS_CONTRACT_VERSION, and that no proxy answers in its place.';

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
