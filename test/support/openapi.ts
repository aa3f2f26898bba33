import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { canonicalGuid } from '../../lib/guid.ts';

type HeaderValue = string | readonly string[] | undefined;

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly body: string;
}

interface HeaderObject {
  readonly required?: boolean;
  readonly schema: { readonly type: string };
}
interface ResponseObject {
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, object>>;
}
interface OperationObject {
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, ResponseObject | undefined>>;
}
interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject | undefined>>>>;
  readonly components: { readonly headers: Readonly<Record<string, HeaderObject | undefined>> };
}

/** Where in the document something stands: JSON Pointer steps. */
type Steps = readonly string[];

const document = JSON.parse(
  readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8'),
) as OpenApiDocument;

/** What the broker answers is canonical, whatever the caller wrote. */
const isCanonical = (text: string): boolean => canonicalGuid(text) === text;
/** As Date.prototype.toISOString writes it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
// Not strict: the document around the schemas has members that no schema knows.
const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: { uuid: isCanonical, 'date-time': TIME },
});
ajv.addSchema(document, 'openapi');

/** Headers that mean something to a client: where the document does not name them, they must not come. */
const TELLING_HEADERS = ['retry-after', 'idempotency-replayed', 'allocation-end'];

/**
 * Holds an answer of the broker to docs/openapi.json: status, headers, content type, body.
 *
 * @throws Error that lists all that differs
 */
export function expectDocumented(answer: WireAnswer): void {
  const found = differences(answer);
  if (found.length === 0) return;
  const { method, path, status, body } = answer;
  throw new Error(
    [`${method} ${path} answered ${status}, and not as docs/openapi.json says:`, ...found, body].join('\n  '),
  );
}

function differences(answer: WireAnswer): string[] {
  const at = operationOf(answer);
  const operation = at && document.paths[at[1] ?? '']?.[at[2] ?? ''];
  if (isOfThePlatform(answer, operation)) return [];
  if (at === undefined || operation === undefined) return differencesOfUnknown(answer);
  const response = operation.responses[answer.status];
  if (response === undefined) return ['the status is not documented'];
  if (isHead(answer)) return [...headerDifferences(answer, response), ...bodyOfHead(answer)];
  return [
    ...headerDifferences(answer, response),
    ...contentDifferences(answer, [...at, 'responses', String(answer.status)], response),
  ];
}

/** What is answered before the broker's code runs has no body, and no place in the document but its description. */
function isOfThePlatform(
  { status, headers, body }: WireAnswer,
  operation: OperationObject | undefined,
): boolean {
  if (body !== '') return false;
  if (status === 401) return operation !== undefined && operation.security.length > 0;
  if (status === 404) return operation === undefined;
  // The host's server refused the request. Every answer of the broker says how it may be kept.
  return [400, 414, 431].includes(status) && headers['cache-control'] === undefined;
}

/** A session id missing in the path, or one too many: the route exists, the operation does not. */
function differencesOfUnknown(answer: WireAnswer): string[] {
  const at = ['paths', '/api/v1/allocations', 'post', 'responses', '400'];
  const response = document.paths['/api/v1/allocations']?.['post']?.responses['400'];
  if (answer.status !== 400 || response === undefined) return ['the operation is not documented'];
  return [...headerDifferences(answer, response), ...contentDifferences(answer, at, response)];
}

function operationOf({ method, path }: Pick<WireAnswer, 'method' | 'path'>): Steps | undefined {
  const bare = path.replace(/\?.*$/s, '');
  const template = Object.keys(document.paths).find((candidate) =>
    new RegExp(`^${candidate.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(bare),
  );
  if (template === undefined) return undefined;
  const verb = isHead({ method, path }) ? 'get' : method.toLowerCase();
  return document.paths[template]?.[verb] === undefined ? undefined : ['paths', template, verb];
}

/** The document says in words that these answer HEAD, as they answer GET. */
const HEADS = ['/api/health', '/api/ready', '/api/v1/locations', '/api/ops', '/api/openapi.json'];

const isHead = ({ method, path }: Pick<WireAnswer, 'method' | 'path'>): boolean =>
  method === 'HEAD' && HEADS.includes(path.replace(/\?.*$/s, ''));

function headerDifferences({ headers }: WireAnswer, response: ResponseObject): string[] {
  const documented = Object.entries(response.headers ?? {});
  const names = documented.map(([name]) => name.toLowerCase());
  const surplus = TELLING_HEADERS.filter((name) => headers[name] !== undefined && !names.includes(name));
  return [
    ...surplus.map((name) => `the header ${name} is not documented`),
    ...documented.flatMap(([name, { $ref }]) => headerDifference(name, $ref, headers[name.toLowerCase()])),
  ];
}

function headerDifference(name: string, $ref: string, value: HeaderValue): string[] {
  const { required, schema } = document.components.headers[$ref.split('/').at(-1) ?? ''] ?? {};
  if (value === undefined) return required === true ? [`the header ${name} is missing`] : [];
  const typed =
    schema?.type === 'integer' && typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return schemaDifferences([...$ref.slice(2).split('/'), 'schema'], typed, `the header ${name}`);
}

function bodyOfHead({ body }: WireAnswer): string[] {
  return body === '' ? [] : ['there is a body, and HEAD has none'];
}

function contentDifferences({ headers, body }: WireAnswer, at: Steps, { content }: ResponseObject): string[] {
  if (content === undefined) return body === '' ? [] : ['there is a body, and none is documented'];
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toString().split(/; */);
  if (content[type] === undefined) return [`the content type "${type}" is not documented`];
  const charset = parameters.every((parameter) => parameter.toLowerCase() === 'charset=utf-8');
  const value = type.endsWith('json') ? parse(body) : body;
  if (value === undefined) return ['the body is not JSON'];
  return [
    ...(charset ? [] : [`the content type has unknown parameters: ${parameters.join('; ')}`]),
    ...schemaDifferences([...at, 'content', type, 'schema'], value, 'the body'),
    ...retryDifference(headers['retry-after'], value),
  ];
}

/** What JSON Schema cannot say: the body repeats the header. */
function retryDifference(header: HeaderValue, body: object | string): string[] {
  const { retryAfterSeconds: repeated } = body as { readonly retryAfterSeconds?: number };
  return repeated?.toString() === header ? [] : ['retryAfterSeconds is not the header Retry-After'];
}

function schemaDifferences(at: Steps, value: unknown, what: string): string[] {
  const pointer = at.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
  const validate = ajv.getSchema(`openapi#/${pointer.join('/')}`);
  if (validate === undefined) throw new Error(`docs/openapi.json has no schema at ${at.join(' > ')}`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${what}${instancePath === '' ? '' : ` at ${instancePath}`} ${message} ${JSON.stringify(params)}`,
  );
}

function parse(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Told as a difference.
    return undefined;
  }
}
