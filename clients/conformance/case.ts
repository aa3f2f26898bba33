import { globSync, readFileSync } from 'node:fs';
import { basename, join, matchesGlob } from 'node:path';

/** What the scripted broker does with one request; README.md describes each member. */
export interface Answer {
  readonly send?: 'allocated' | 'replayed' | 'pending';
  readonly problem?: string;
  readonly status?: number | string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  readonly bom?: boolean;
  readonly lose?: 'before' | 'half' | 'half-chunked';
  readonly silent?: boolean;
  readonly afterMs?: number;
  readonly overMs?: number;
}

type Bounds = readonly [from: number, to: number];

/** What must come of a case. */
export interface Expected {
  readonly result: 'host' | 'problem' | 'pending' | 'none';
  readonly code?: string;
  readonly message?: readonly string[];
  readonly waiting?: string;
  readonly requests?: number | Bounds;
  readonly waits?: readonly (Bounds | null)[];
  readonly withinMs?: number;
  readonly measured?: readonly string[];
  readonly notMeasured?: readonly string[];
}

/** How long the driver is stopped, and from when. */
export interface Suspension {
  readonly afterAnswers?: number;
  readonly afterRequests?: number;
  readonly forMs: number;
}

/** One case, as the kit runs it. */
export interface Case {
  readonly name: string;
  readonly why: string;
  readonly operation: 'allocate' | 'join' | 'find';
  readonly request: Readonly<Record<string, unknown>>;
  readonly functionKey: string | null;
  readonly deadlineMs: number;
  readonly listening: boolean;
  readonly needs?: 'ipv6';
  readonly clockSkewSeconds: number;
  readonly answers: readonly Answer[];
  readonly locations?: Answer;
  readonly suspend?: Suspension;
  readonly expect: Expected;
}

const DEFAULTS = {
  operation: 'allocate',
  request: {},
  functionKey: 'conformance-key',
  deadlineMs: 20_000,
  listening: true,
  clockSkewSeconds: 0,
};

const CASES = join(import.meta.dirname, 'cases');

/** All cases whose name fits one of the patterns, by their name. `each` has made its copies. */
export function loadCases(patterns: readonly string[]): Case[] {
  const names = globSync('*.json', { cwd: CASES }).map((file) => basename(file, '.json'));
  return names
    .sort()
    .flatMap((name) => expand(name, JSON.parse(readFileSync(join(CASES, `${name}.json`), 'utf8')) as object))
    .filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => fits(name, pattern)));
}

const fits = (name: string, pattern: string): boolean =>
  matchesGlob(name.replaceAll('/', ' '), pattern.replaceAll('/', ' ')) || name.startsWith(`${pattern}/`);

function expand(name: string, file: object): Case[] {
  const { each, ...template } = file as { readonly each?: readonly string[] };
  if (each === undefined) return [{ ...DEFAULTS, ...template, name } as unknown as Case];
  return each.map((text) => ({
    ...DEFAULTS,
    ...(fill(template, { each: text }) as unknown as Case),
    name: `${name}/${text}`,
  }));
}

/** The value with `{name}` in its texts replaced; a text that is nothing but the placeholder becomes the value itself. */
export function fill<T>(value: T, values: Readonly<Record<string, string | number>>): T {
  if (typeof value === 'string') {
    const whole = /^\{(\w+)\}$/.exec(value)?.[1] ?? '';
    return (values[whole] ??
      value.replaceAll(/\{(\w+)\}/g, (text, key: string) => String(values[key] ?? text))) as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, values)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fill<unknown>(item, values)]),
  ) as T;
}
