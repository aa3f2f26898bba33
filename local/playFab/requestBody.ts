import type { FromSchema } from 'json-schema-to-ts';
import { filled, guid, InvalidInput, reader } from '../fleet/inputSchema.ts';
import { AZURE_REGIONS } from './regions.ts';

const customTags = { type: 'object', additionalProperties: { type: 'string' } } as const;

// Strict where the real service is vague: a client that sends `sessionId` or "West US" learns it at once.
const requestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['SessionId', 'PreferredRegions'],
  properties: {
    SessionId: guid,
    PreferredRegions: { type: 'array', minItems: 1, items: { type: 'string', enum: AZURE_REGIONS } },
    BuildId: guid,
    BuildAliasParams: {
      type: 'object',
      additionalProperties: false,
      required: ['AliasId'],
      properties: { AliasId: guid },
    },
    SessionCookie: filled,
    InitialPlayers: { type: 'array', items: filled },
    CustomTags: customTags,
  },
} as const;

export type RequestBody = FromSchema<typeof requestSchema>;

/** The reference says "Maximum size is 8KB"; here that means bytes of UTF-8. */
const MAX_COOKIE_BYTES = 8 * 1024;

const readMembers = reader(requestSchema);

/**
 * Reads the body of RequestMultiplayerServer.
 *
 * @throws InvalidInput with what is wrong
 */
export function readRequestBody(json: unknown): RequestBody {
  const body = readMembers(json);
  if ((body.BuildId === undefined) === (body.BuildAliasParams === undefined)) {
    throw new InvalidInput(['/ must have one of BuildId and BuildAliasParams']);
  }
  if (Buffer.byteLength(body.SessionCookie ?? '') > MAX_COOKIE_BYTES) {
    throw new InvalidInput([`/SessionCookie must NOT have more than ${MAX_COOKIE_BYTES} bytes`]);
  }
  return body;
}

/** Reads the body of GetEntityToken: an empty object, or one that names the title, asks for the title's own token. */
export const readTokenBody = reader({
  type: 'object',
  additionalProperties: false,
  properties: {
    CustomTags: customTags,
    Entity: {
      type: 'object',
      additionalProperties: false,
      required: ['Id'],
      properties: { Id: filled, Type: filled },
    },
  },
});

/** Reads the body of ShutdownMultiplayerServer. */
export const readShutdownBody = reader({
  type: 'object',
  additionalProperties: false,
  required: ['SessionId'],
  properties: { CustomTags: customTags, SessionId: guid },
});

/** Reads the body of GetBuild. */
export const readBuildBody = reader({
  type: 'object',
  additionalProperties: false,
  required: ['BuildId'],
  properties: { CustomTags: customTags, BuildId: guid },
});

/** Reads the body of GetBuildAlias. */
export const readAliasBody = reader({
  type: 'object',
  additionalProperties: false,
  required: ['AliasId'],
  properties: { CustomTags: customTags, AliasId: guid },
});
