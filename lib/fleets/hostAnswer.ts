import type { ErrorObject } from 'ajv';
import type { Validator } from '../generated/validators.js';
import type { FleetAnswer, FleetHost } from './fleet.ts';
import { type Body, whyNotJson } from '../http/body.ts';

/** The host in an answer, with what operators should know of it; or what is wrong, in the driver's words. */
export type ReadHost = { readonly host: FleetHost; readonly reason?: string } | { readonly wrong: string };

/**
 * A 200 becomes a host once its body has been read whole and fits the schema; before that it is not believed.
 *
 * @param toHost builds the host member by member: what it does not name goes no further
 */
export function hostAnswer<T>(
  body: Body,
  validate: Validator<T>,
  toHost: (answer: T) => ReadHost,
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
      const read = toHost(body.value);
      return 'wrong' in read ? unreadable(read.wrong) : { kind: 'host', status: 200, ...read };
    }
  }
}

/** The validator's path holds the schema's own member names and indices, and no text from the fleet. */
function whatIsWrong(first: ErrorObject | undefined): string {
  const where = first === undefined || first.instancePath === '' ? 'The answer' : first.instancePath;
  return `${where} does not fit the schema (${first?.keyword ?? 'type'}).`;
}

function unreadable(reason: string): FleetAnswer {
  return { kind: 'unreadable', status: 200, reason };
}
