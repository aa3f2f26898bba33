import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What the language's own service says of a query. */
export interface Analysis {
  /** Of syntax, and of tables, columns and functions that there are not. */
  readonly mistakes: readonly string[];
  /** The members of the event (`e`) that it reads. */
  readonly members: readonly string[];
}

/** Of a table, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** A query, and what it reads. */
export interface Run {
  readonly query: string;
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

export function analyse(queries: readonly string[]): readonly Analysis[] {
  return ask('analyse.ts', queries) as readonly Analysis[];
}

/** The rows that each query answers with. @throws Error where a query has what run.ts does not know */
export function run(runs: readonly Run[]): readonly (readonly Row[])[] {
  return ask('run.ts', runs) as readonly (readonly Row[])[];
}

function ask(command: string, input: unknown): unknown {
  const options = { input: JSON.stringify(input), maxBuffer: 64 * 1024 * 1024, stdio: 'pipe' } as const;
  return JSON.parse(execFileSync(process.execPath, [join(__dirname, command)], options).toString());
}
