import type { ErrorObject } from 'ajv';
import type { Validator } from '../generated/validators.js';
import type { FleetAnswer, FleetHost } from './fleet.ts';
import { type Body, whyNotJson } from './http/body.ts';

/**
 * A 200 becomes a host once its body has been read whole and is of the schema; before that it is not believed.
 *
 * @param toHost builds the host member by member: what it does not name goes no further. A string says what else is
 *   wrong, in the driver's words
 */
export function hostAnswer<T>(
  body: Body,
  validate: Validator<T>,
  toHost: (answer: T) => FleetHost | string,
): FleetAnswer {
  switch (body.kind) {
    case 'timeout':
    case 'connection-lost':
      return { kind: 'unknown', reason: body.kind };
    case 'too-large':
    case 'not-decoded':
    case 'not-json':
      return unreadable(whyNotJson(body));
    case 'json': {
      if (!validate(body.value)) return unreadable(whatIsWrong(validate.errors?.[0]));
      const host = toHost(body.value);
      return typeof host === 'string' ? unreadable(host) : { kind: 'host', status: 200, host };
    }
  }
}

/** The validator's path consists of the schema's own member names and of indices: no text of the fleet's. */
function whatIsWrong(first: ErrorObject | undefined): string {
  const where = first === undefined || first.instancePath === '' ? 'The answer' : first.instancePath;
  return `${where} is not of the schema (${first?.keyword ?? 'type'}).`;
}

function unreadable(reason: string): FleetAnswer {
  return { kind: 'unreadable', status: 200, reason };
}
