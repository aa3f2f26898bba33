import { systemClock } from '../fleet/clock.ts';
import { isAccepted, isJson, jsonOf, textOf, textsOf } from '../fleet/incoming.ts';
import { InvalidInput } from '../fleet/inputSchema.ts';
import type { Answer, CallSubject, FleetProtocol, IncomingCall, Reading } from '../fleet/protocol.ts';
import { EntityTokens, type TokenProblem } from './entityTokens.ts';
import { dataAnswer, errorAnswer, invalidParams } from './envelope.ts';
import {
  readAliasBody,
  readBuildBody,
  readRequestBody,
  readShutdownBody,
  readTokenBody,
} from './requestBody.ts';
import { renderServer } from './serverAnswer.ts';
import { renderAlias, renderBuild } from './stockAnswer.ts';

export interface PlayFabOptions {
  /** The only secret key that is accepted; absent: any. */
  readonly secretKey?: string | undefined;
  /** How long an entity token lives. */
  readonly tokenSeconds: number;
  /** The only builds and aliases there are (others: 404); absent: any. */
  readonly build?: readonly string[] | undefined;
}

/** The title that every secret key belongs to. */
const TITLE = 'A1B2C';

const TOKEN_PATH = '/Authentication/GetEntityToken';
const REQUEST_PATH = '/MultiplayerServer/RequestMultiplayerServer';
const SHUTDOWN_PATH = '/MultiplayerServer/ShutdownMultiplayerServer';
const BUILD_PATH = '/MultiplayerServer/GetBuild';
const ALIAS_PATH = '/MultiplayerServer/GetBuildAlias';

/**
 * `GetEntityToken` with the secret key of a title, and `RequestMultiplayerServer`, `ShutdownMultiplayerServer`,
 * `GetBuild` and `GetBuildAlias`, as PlayFab speaks them.
 */
export function playFabProtocol(options: PlayFabOptions): FleetProtocol {
  const tokens = new EntityTokens(options.tokenSeconds, systemClock);
  return {
    name: 'playfab',
    asides: new Set([TOKEN_PATH, SHUTDOWN_PATH, BUILD_PATH, ALIAS_PATH]),
    read(call) {
      switch (`${call.method} ${call.path}`) {
        case `POST ${TOKEN_PATH}`:
          return readTokenCall(options, tokens, call);
        case `POST ${REQUEST_PATH}`:
          return readServerRequest(options, tokens, call);
        case `POST ${SHUTDOWN_PATH}`:
          return readShutdown(tokens, call);
        case `POST ${BUILD_PATH}`:
          return readBuildCall(options, tokens, call);
        case `POST ${ALIAS_PATH}`:
          return readAliasCall(options, tokens, call);
        default:
          return readElse(call);
      }
    },
  };
}

function readTokenCall({ secretKey }: PlayFabOptions, tokens: EntityTokens, call: IncomingCall): Reading {
  const authorized = isAccepted(textOf(call.headers['x-secretkey']) ?? '', secretKey);
  const subject = { authorized, locations: [] };
  const refused = (reply: Answer): Reading => ({ kind: 'reply', subject, reply });
  if (!authorized) {
    return refused(errorAnswer('NotAuthenticated', 'X-SecretKey must be the secret key of the title'));
  }
  const body = readBody(call, readTokenBody);
  if ('wrong' in body) return refused(body.wrong);
  const { token, expiration } = tokens.issue();
  const reply = dataAnswer({
    EntityToken: token,
    TokenExpiration: expiration,
    Entity: { Id: TITLE, Type: 'title', TypeString: 'title' },
  });
  return { kind: 'reply', subject, reply };
}

function readServerRequest(options: PlayFabOptions, tokens: EntityTokens, call: IncomingCall): Reading {
  const problem = tokens.problemOf(textOf(call.headers['x-entitytoken']));
  const subject = subjectOf(call, problem === undefined);
  const refused = (reply: Answer): Reading => ({ kind: 'reply', subject, reply });
  if (problem) return refused(tokenRefused(problem));
  const body = readBody(call, readRequestBody);
  if ('wrong' in body) return refused(body.wrong);
  const { SessionId, BuildId, BuildAliasParams } = body.read;
  const build = BuildId ?? BuildAliasParams?.AliasId ?? '';
  if (!isKnown(build, options)) return refused(noBuild(build));
  return {
    kind: 'request',
    // Not documented: whether a session asked for with another build gets the server that it has. With the service's
    // open-source twin it does not, so a broker has to cope with that.
    subject: { ...subject, sessionId: SessionId, build },
    render: (answer) => renderServer(answer, build),
  };
}

/**
 * The server is gone at once and stands by again; PlayFab's is Terminating until its game server has ended, for 15
 * minutes at most. Not documented: the answer for a session without a server, and whether one that has ended is one.
 */
function readShutdown(tokens: EntityTokens, call: IncomingCall): Reading {
  return readAside(
    tokens,
    call,
    readShutdownBody,
    ({ SessionId }) =>
      (fleet) =>
        fleet.end(SessionId)
          ? dataAnswer({})
          : errorAnswer('MultiplayerServerNotFound', `The session ${SessionId} has no server`),
  );
}

function readBuildCall(options: PlayFabOptions, tokens: EntityTokens, call: IncomingCall): Reading {
  return readAside(tokens, call, readBuildBody, ({ BuildId: build }) =>
    isKnown(build, options) ? (fleet) => renderBuild(fleet, build) : noBuild(build),
  );
}

function readAliasCall(options: PlayFabOptions, tokens: EntityTokens, call: IncomingCall): Reading {
  return readAside(tokens, call, readAliasBody, ({ AliasId: alias }) =>
    isKnown(alias, options) ? renderAlias(alias) : noBuild(alias),
  );
}

/** A call that asks for something other than a server: with an entity token, and a body that fits. */
function readAside<T>(
  tokens: EntityTokens,
  call: IncomingCall,
  read: (json: unknown) => T,
  replyTo: (body: T) => Extract<Reading, { kind: 'reply' }>['reply'],
): Reading {
  const problem = tokens.problemOf(textOf(call.headers['x-entitytoken']));
  const subject = subjectOf(call, problem === undefined);
  if (problem) return { kind: 'reply', subject, reply: tokenRefused(problem) };
  const body = readBody(call, read);
  return { kind: 'reply', subject, reply: 'wrong' in body ? body.wrong : replyTo(body.read) };
}

const tokenRefused = (problem: TokenProblem): Answer =>
  errorAnswer(problem, 'X-EntityToken must be a token from GetEntityToken that has not expired');

const isKnown = (build: string, options: PlayFabOptions): boolean =>
  options.build?.some((known) => known.toLowerCase() === build.toLowerCase()) ?? true;

const noBuild = (build: string): Answer =>
  errorAnswer('MultiplayerServerNotFound', `There is no build or alias ${build}`);

/** What the real service answers to an unknown path is not documented beyond the status. */
function readElse({ method, path }: IncomingCall): Reading {
  const body = `There is no ${method} ${path} here.`;
  const reply: Answer = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
  return { kind: 'reply', subject: { authorized: false, locations: [] }, reply };
}

/** The body if it fits its schema, otherwise the answer to it. */
function readBody<T>(call: IncomingCall, read: (json: unknown) => T): { read: T } | { wrong: Answer } {
  if (!isJson(call)) {
    return { wrong: errorAnswer('InvalidContentType', 'Content-Type must be application/json') };
  }
  const json = jsonOf(call);
  if (json === undefined) return { wrong: errorAnswer('InvalidRequest', 'The body is not JSON') };
  try {
    return { read: read(json) };
  } catch (problem) {
    if (problem instanceof InvalidInput) return { wrong: invalidParams(problem.problems) };
    throw problem;
  }
}

/** What the call is about, as far as its body shows: it may be anything. */
function subjectOf(call: IncomingCall, authorized: boolean): CallSubject {
  const { SessionId, PreferredRegions, SessionCookie } = (jsonOf(call) ?? {}) as Record<string, unknown>;
  return {
    authorized,
    sessionId: textOf(SessionId),
    locations: textsOf(PreferredRegions),
    cookie: textOf(SessionCookie),
  };
}
