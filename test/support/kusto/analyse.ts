/** Reads a list of queries from stdin and writes what the language's own service says of each. A process of its own. */
import { readFileSync } from 'node:fs';
import type { Analysis } from './kusto.ts';
import { type Node, analysed, childrenOf, mistakesIn, textOf, typeOf } from './service.ts';

const queries = JSON.parse(readFileSync(0, 'utf8')) as string[];
process.stdout.write(JSON.stringify(queries.map(analyse)));

function analyse(query: string): Analysis {
  const code = analysed(query);
  return { mistakes: mistakesIn(code), members: [...new Set(membersOf(code.Syntax))] };
}

/** Of `e`, which is what every query calls the event. */
function membersOf(node: Node): readonly string[] {
  const own =
    typeOf(node) === 'PathExpression' && textOf(node['Expression']) === 'e' ? [textOf(node['Selector'])] : [];
  return [...own, ...childrenOf(node).flatMap(membersOf)];
}
