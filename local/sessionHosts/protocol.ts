import { randomBytes } from 'node:crypto';
import { isAccepted, isJson, jsonOf, textOf, textsOf } from '../fleet/incoming.ts';
import { filled, guid, InvalidInput, reader } from '../fleet/inputSchema.ts';
import type {
  Answer,
  CallSubject,
  FleetAnswer,
  FleetProtocol,
  IncomingCall,
  Reading,
} from '../fleet/protocol.ts';
import type { Host } from '../fleet/state.ts';

export interface SessionHostsOptions {
  readonly scheme: 'Bearer' | 'XBL3.0';
  /** The only service token that is accepted; absent: any. */
  readonly token?: string | undefined;
  /** The only title with a subscription (others: 404); absent: any. */
  readonly title?: string | undefined;
  /** The only sandbox the token may use (others: 403); absent: any. */
  readonly sandbox?: string | undefined;
}

// Strict where the real service is vague: a client that sends `SandboxId` or `gameModelId` learns it at once.
const readRequestBody = reader({
  type: 'object',
  additionalProperties: false,
  required: ['sessionId', 'sandboxId', 'cloudGameId', 'locations', 'gameModeId'],
  properties: {
    sessionId: guid,
    sandboxId: filled,
    cloudGameId: filled,
    locations: { type: 'array', minItems: 1, items: filled },
    sessionCookie: filled,
    gameModeId: filled,
  },
});

/** `POST /titles/{titleId}/sessionhosts`, as the Xbox Live compute service speaks it. */
export function sessionHostsProtocol(options: SessionHostsOptions): FleetProtocol {
  return {
    name: 'sessionhosts',
    read: (call) => read(options, call),
  };
}

function read(options: SessionHostsOptions, call: IncomingCall): Reading {
  const json = jsonOf(call);
  const authorized = isAuthorized(options, call.headers.authorization);
  const subject = subjectOf(json, authorized);
  const refused = (reply: Answer): Reading => ({ kind: 'reply', subject, reply });

  const titleId = /^\/titles\/([^/]+)\/sessionhosts$/.exec(call.path)?.[1];
  if (titleId === undefined) return refused(error(404, 'NotFound', [`There is no ${call.path} here`]));
  if (call.method !== 'POST') return refused(error(405, 'MethodNotAllowed', [`POST it, not ${call.method}`]));
  if (!authorized) {
    const shape = options.scheme === 'Bearer' ? 'Bearer <token>' : 'XBL3.0 x=-;<token>';
    return refused(error(401, 'Unauthorized', [`Authorization must be "${shape}" with the right token`]));
  }
  const headers = headerProblems(call);
  if (headers.length > 0) return refused(error(400, 'BadRequest', headers));
  if (options.title !== undefined && titleId !== options.title) {
    return refused(error(404, 'TitleNotFound', [`Title ${titleId} has no subscription`]));
  }
  return readBody(options, json, subject);
}

function readBody(options: SessionHostsOptions, json: unknown, subject: CallSubject): Reading {
  const refused = (reply: Answer): Reading => ({ kind: 'reply', subject, reply });
  if (json === undefined) return refused(error(400, 'BadRequest', ['The body is not JSON']));
  try {
    const { sessionId, sandboxId } = readRequestBody(json);
    if (options.sandbox !== undefined && sandboxId !== options.sandbox) {
      return refused(error(403, 'Forbidden', [`Sandbox ${sandboxId} is not allowed to this token`]));
    }
    return { kind: 'request', subject: { ...subject, sessionId }, render };
  } catch (problem) {
    if (problem instanceof InvalidInput) return refused(error(400, 'BadRequest', problem.problems));
    throw problem;
  }
}

function render(answer: FleetAnswer): Answer {
  switch (answer.kind) {
    case 'host':
      return renderHost(answer.host);
    case 'starting':
      return error(409, 'Conflict', ['A session host was requested for this session and is not Active yet']);
    case 'no-capacity':
      return error(503, 'ServiceUnavailable', ['No session host is StandingBy in the locations listed']);
  }
}

function renderHost(host: Host): Answer {
  // New in every answer: it shows when a broker does not replay the first one.
  const secureContext = randomBytes(48).toString('base64');
  return {
    status: 200,
    mark: secureContext,
    body: {
      hostName: host.hostName,
      portMappings: host.ports.map(({ name, internal, external }) => ({
        Key: name,
        Value: { internal, external },
      })),
      region: host.location.replaceAll(' ', ''),
      secureContext,
    },
  };
}

function error(status: number, code: string, problems: readonly string[]): Answer {
  return { status, body: { code, message: `${problems.join('; ')}.` } };
}

function headerProblems(call: IncomingCall): string[] {
  const problems: string[] = [];
  if (!isJson(call)) problems.push('Content-Type must be application/json');
  if (!/^\d+$/.test(String(call.headers['x-xbl-contract-version'] ?? ''))) {
    problems.push('x-xbl-contract-version must be a number');
  }
  return problems;
}

function isAuthorized(options: SessionHostsOptions, header: string | undefined): boolean {
  const prefix = options.scheme === 'Bearer' ? 'Bearer ' : 'XBL3.0 x=-;';
  if (!header?.startsWith(prefix)) return false;
  return isAccepted(header.slice(prefix.length), options.token);
}

/** What the call is about, as far as its body shows: it may be anything. */
function subjectOf(json: unknown, authorized: boolean): CallSubject {
  const { sessionId, locations, sessionCookie } = (json ?? {}) as Record<string, unknown>;
  return {
    authorized,
    sessionId: textOf(sessionId),
    locations: textsOf(locations),
    cookie: textOf(sessionCookie),
  };
}
