import type { FromSchema } from 'json-schema-to-ts';
import { validateAllocationRequest } from '../generated/validators.js';
import { normaliseLocation, remembering } from '../placement/names.ts';
import type { PlayerHints } from '../placement/types.ts';
import { expectation, explainErrors } from '../schema/explain.ts';
import { canonicalGuid } from '../guid.ts';
import { jsonErrorPosition } from './jsonPosition.ts';
import { LIMITS } from './limits.ts';
import { Problem, type ProblemError } from './problem.ts';
import type { AllocationRequest } from './request.ts';
import { allocationRequestSchema } from './schemas/allocationRequest.ts';
import { screenHints, type SentHint } from './screenHints.ts';
import { settleMembers } from './settleMembers.ts';

/** The names of the game modes: the settings' map, or a set. */
export interface KnownGameModes {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

type CheckedBody = FromSchema<typeof allocationRequestSchema>;
type CheckedPlayer = NonNullable<CheckedBody['players']>[number];

/**
 * Reads the body of `POST /api/v1/allocations`.
 *
 * @throws Problem `invalid-request`, with a pointer and an expectation for each mistake, at most 16 of them
 */
export function parseAllocationRequest(
  body: Uint8Array | string,
  gameModes: KnownGameModes,
): AllocationRequest {
  const value = readJson(body);
  settleMembers(value, allocationRequestSchema);
  // Sizes come first: the validator lists every mistake, and their number must not be the caller's to choose.
  refuse(sizeMistakes(value));
  if (!validateAllocationRequest(value)) {
    throw invalid(explainErrors(allocationRequestSchema, validateAllocationRequest.errors));
  }
  refuse(ruleMistakes(value, gameModes));
  return toRequest(value);
}

/**
 * The session id of `GET /api/v1/allocations/{sessionId}`, in its canonical spelling.
 *
 * @throws Problem `invalid-request`
 */
export function parseSessionId(text: string): string {
  const sessionId = canonicalGuid(text);
  if (sessionId !== undefined) return sessionId;
  throw new Problem('invalid-request', 'The session id in the path is not valid: expected a GUID.');
}

/**
 * The session id in a path, as it stands there.
 *
 * @throws Problem `invalid-request` where there is none
 */
export function requireSessionId(text: string | undefined, method: string): string {
  if (text !== undefined) return text;
  throw new Problem(
    'invalid-request',
    `Name the session in the path: ${method} /api/v1/allocations/{sessionId}.`,
  );
}

function readJson(body: Uint8Array | string): unknown {
  const expected = 'expected a JSON object in UTF-8';
  if (body.length === 0) throw invalid([{ pointer: '', message: `the body is empty: ${expected}` }]);
  let text: string;
  try {
    text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw invalid([{ pointer: '', message: `not UTF-8: ${expected}` }], cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The cause says it as well, with a piece of what the caller sent.
    const { line, column } = jsonErrorPosition(text);
    throw invalid(
      [{ pointer: '', message: `not JSON at line ${line}, column ${column}: ${expected}` }],
      cause,
    );
  }
}

/** Lists that are too long, reported before their entries are looked at. Tolerates any shape: types come later. */
function sizeMistakes(body: unknown): readonly ProblemError[] {
  const { latencies, players } = allocationRequestSchema.properties;
  const tooLong = (pointer: string, list: readonly unknown[], schema: { readonly maxItems: number }) =>
    list.length > schema.maxItems ? [{ pointer, message: `expected ${expectation(schema)}` }] : [];

  const party = listAt(body, 'players');
  const mistakes = [
    ...tooLong('/latencies', listAt(body, 'latencies'), latencies),
    ...tooLong('/players', party, players),
    ...party
      .slice(0, LIMITS.players)
      .flatMap((player, index) =>
        tooLong(`/players/${index}/latencies`, listAt(player, 'latencies'), latencies),
      ),
  ];
  const measurements = party.reduce((sum: number, player) => sum + listAt(player, 'latencies').length, 0);
  if (mistakes.length > 0 || measurements <= LIMITS.measurements) return mistakes;
  return [{ pointer: '/players', message: `expected at most ${LIMITS.measurements} measurements in all` }];
}

function listAt(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const member = (value as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(member) ? member : [];
}

/** What JSON Schema cannot say. */
function ruleMistakes(body: CheckedBody, gameModes: KnownGameModes): readonly ProblemError[] {
  const { gameMode, latencies, players, sessionCookie } = body;
  const mistakes: ProblemError[] = [];
  if (!gameModes.has(gameMode)) {
    mistakes.push({ pointer: '/gameMode', message: `expected one of ${listed(gameModes.keys())}` });
  }
  if (latencies !== undefined && players !== undefined) {
    mistakes.push({ pointer: '/players', message: 'expected either latencies or players, not both' });
  }
  if (latencies !== undefined) mistakes.push(...listMistakes(latencies, '/latencies'));
  for (const [index, player] of (players ?? []).entries()) {
    if (player.playerId !== undefined)
      mistakes.push(...textMistakes(player.playerId, `/players/${index}/playerId`));
    mistakes.push(...listMistakes(player.latencies ?? [], `/players/${index}/latencies`));
  }
  if (sessionCookie !== undefined) {
    mistakes.push(...textMistakes(sessionCookie, '/sessionCookie'));
    if (Buffer.byteLength(sessionCookie) > LIMITS.cookieBytes) {
      mistakes.push({
        pointer: '/sessionCookie',
        message: `expected at most ${LIMITS.cookieBytes} bytes of UTF-8`,
      });
    }
  }
  return mistakes;
}

function listMistakes(latencies: readonly SentHint[], pointer: string): readonly ProblemError[] {
  return latencies.flatMap(({ location }, index) => textMistakes(location, `${pointer}/${index}/location`));
}

/** JSON can spell half a surrogate pair ("\ud800"); stored or sent on, it would come back as something else. */
function textMistakes(text: string, pointer: string): readonly ProblemError[] {
  return text.isWellFormed() ? [] : [{ pointer, message: 'expected well-formed Unicode' }];
}

function listed(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, LIMITS.errors).join(', ');
  return all.length > LIMITS.errors ? `${shown}, …` : shown;
}

function toRequest({
  sessionId,
  gameMode,
  latencies,
  players,
  partySize = 0,
  sessionCookie,
}: CheckedBody): AllocationRequest {
  const keyOf = remembering(normaliseLocation);
  const toPlayer = ({ playerId, latencies: sent = [] }: CheckedPlayer): PlayerHints => ({
    ...(playerId === undefined ? {} : { playerId }),
    ...screenHints(sent, keyOf),
  });
  return {
    sessionId: canonicalGuid(sessionId) ?? sessionId,
    gameMode,
    players: (latencies === undefined ? (players ?? []) : [{ latencies }]).map(toPlayer),
    ...(partySize === 0 ? {} : { partySize }),
    ...(sessionCookie === undefined ? {} : { sessionCookie }),
  };
}

function refuse(mistakes: readonly ProblemError[]): void {
  if (mistakes.length > 0) throw invalid(mistakes);
}

function invalid(mistakes: readonly ProblemError[], cause?: unknown): Problem {
  const texts = mistakes.map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`));
  const more = texts.length === 1 ? '' : ` (and ${texts.length - 1} more, see errors)`;
  return new Problem('invalid-request', `The request body is not valid: ${texts[0] ?? ''}${more}.`, {
    errors: mistakes.slice(0, LIMITS.errors),
    ...(cause === undefined ? {} : { cause }),
  });
}
