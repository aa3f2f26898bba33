import { HEADERS, type Json } from './parts.ts';
import { allocationPaths } from './paths/allocations.ts';
import { historyPaths } from './paths/history.ts';
import { locationPaths } from './paths/locations.ts';
import { operationPaths } from './paths/operations.ts';
import { SCHEMAS } from './schemas.ts';

/** Of the contract, not of the code: raised when the contract changes. */
const CONTRACT_VERSION = '1.0.0';

/**
 * The contract as an OpenAPI 3.1 document, built from the schemas and the problem table that the broker itself works
 * with. Built on demand: nothing of it is made when an instance starts.
 */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Allocation broker',
      version: CONTRACT_VERSION,
      summary: 'Gives a game session exactly one game server.',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The broker that serves this document.' }],
    tags: [
      { name: 'Allocations', description: 'For game clients and matchmakers.' },
      {
        name: 'Endings',
        description: "For backends, matchmakers and game servers; never for players' clients.",
      },
      { name: 'Locations', description: 'What clients measure.' },
      { name: 'Operations', description: 'For those who operate the broker.' },
    ],
    paths: { ...allocationPaths(), ...locationPaths(), ...historyPaths(), ...operationPaths() },
    components: {
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, embedded(schema)])),
      headers: HEADERS,
      securitySchemes: securitySchemes(),
    },
  };
}

const DESCRIPTION = `Ask with \`POST /api/v1/allocations\`; repeat with the same \`sessionId\` for as long as the answer is 202 or a problem that says \`retryable\`, never earlier than \`Retry-After\`.

Every error that the broker answers is a problem (RFC 9457). What the platform answers before the broker's code runs has an empty body: 401 without a function key, 404 for a route or a method that does not exist.

\`HEAD\` is answered as \`GET\` is, without the body, by \`health\`, \`ready\`, \`locations\`, \`ops\` and \`openapi.json\`.

JSON in and out, in UTF-8. Members that this document does not name are refused in requests and do not occur in answers.`;

/** The document names its schemas by where they stand; an \`$id\` would give each another base for references. */
function embedded({ $id: _id, ...schema }: Json): Json {
  return schema;
}

function securitySchemes(): Json {
  return {
    functionKey: {
      type: 'apiKey',
      in: 'header',
      name: 'x-functions-key',
      description: 'The key of the function that is called. Clients of a game need the one of `allocations`.',
    },
    functionKeyInQuery: {
      type: 'apiKey',
      in: 'query',
      name: 'code',
      description:
        'The same key, for callers that cannot send headers. Prefer the header: URLs end up in logs.',
    },
    token: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: "The game's own token, where the broker is set up to check tokens instead of keys.",
    },
  };
}
