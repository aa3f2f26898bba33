import { StartError } from './errors.ts';

/** One function's HTTP route. `path` is the template below the route prefix. */
export interface Route<T> {
  readonly methods: readonly string[];
  readonly path: string;
  readonly target: T;
}

export interface Match<T> {
  readonly target: T;
  /** By the template's spelling; an absent optional parameter has no entry. */
  readonly params: Readonly<Record<string, string>>;
}

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly optional: boolean };

/** Finds the target for a request; undefined: no such path, or not with this method (the runtime answers both 404). */
export type Router<T> = (method: string, path: string) => Match<T> | undefined;

/**
 * Routes as ASP.NET does, for the templates that Functions apps mostly use: literals in any case, `{id}`, and a
 * trailing `{id?}`. A literal segment wins over a parameter. Constraints, defaults and catch-alls are refused here.
 */
export function createRouter<T>(prefix: string, routes: readonly Route<T>[]): Router<T> {
  const table = routes
    .map((route) => ({ ...route, segments: parseTemplate(joinPath(prefix, route.path)) }))
    .sort((a, b) => compare(a.segments, b.segments));
  return (method, path) => {
    const parts = splitPath(path);
    for (const { methods, segments, target } of table) {
      if (!methods.includes(method)) continue;
      const params = match(segments, parts);
      if (params !== undefined) return { target, params };
    }
    return undefined;
  };
}

/** `api` and `v1/things` -> `api/v1/things`; either may be empty. */
export function joinPath(prefix: string, path: string): string {
  return [prefix, path].filter((part) => part !== '').join('/');
}

function parseTemplate(template: string): Segment[] {
  const segments = splitPath(template).map((text) => parseSegment(text, template));
  const misplaced = segments.slice(0, -1).some((s) => s.kind === 'parameter' && s.optional);
  if (misplaced) throw new StartError(`route "${template}": only the last parameter may be optional`);
  return segments;
}

function parseSegment(text: string, template: string): Segment {
  if (!/[{}]/.test(text)) return { kind: 'literal', text: text.toLowerCase() };
  const parameter = /^\{(?<name>[A-Za-z_]\w*)(?<optional>\?)?\}$/.exec(text)?.groups;
  if (parameter?.['name'] === undefined) {
    throw new StartError(
      `route "${template}": "${text}" is not supported here: ` +
        'use {name} or a last {name?}, and check the value in the function',
    );
  }
  return { kind: 'parameter', name: parameter['name'], optional: parameter['optional'] !== undefined };
}

function match(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  if (parts.length > segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === 'literal') {
      if (part?.toLowerCase() !== segment.text) return undefined;
    } else if (part === '') {
      return undefined;
    } else if (part !== undefined) {
      params[segment.name] = part;
    } else if (!segment.optional) {
      return undefined;
    }
  }
  return params;
}

/** Literals before parameters, segment by segment; then the shorter template, so that `a` wins over `a/{id?}` on /a. */
function compare(a: readonly Segment[], b: readonly Segment[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left.kind !== right.kind) return left.kind === 'literal' ? -1 : 1;
  }
  return a.length - b.length;
}

/**
 * Decoded segments, without the slash at either end; between two slashes in a row is an empty one, which nothing matches.
 * `%2F` stays as it is, since a decoded slash would look like a separator to later code.
 */
function splitPath(path: string): string[] {
  const inner = path.replace(/^\/|\/$/g, '');
  return inner === '' ? [] : inner.split('/').map(decode);
}

function decode(part: string): string {
  try {
    return part
      .split(/(%2f)/i)
      .map((piece) => (/^%2f$/i.test(piece) ? piece : decodeURIComponent(piece)))
      .join('');
  } catch {
    return part; // A malformed escape is passed on as it came, as Kestrel does.
  }
}
