import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What the language's own service says of a query. */
export interface Analysis {
  /** Of syntax, and of tables, columns and functions that there are not. */
  readonly mistakes: readonly string[];
  /** The members of the event (`e`) that it reads. */
  readonly members: readonly string[];
}

export function analyse(queries: readonly string[]): readonly Analysis[] {
  const command = join(__dirname, 'analyse.ts');
  const answer = execFileSync(process.execPath, [command], { input: JSON.stringify(queries) });
  return JSON.parse(answer.toString()) as readonly Analysis[];
}
