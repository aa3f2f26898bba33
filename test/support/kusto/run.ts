/**
 * Reads queries with the rows of their tables from stdin and writes the rows that each answers with. A process of its
 * own. It knows what the alerts use of the language, walks the tree that the language's own service makes, and refuses
 * the rest. The semantics are those of the reference (learn.microsoft.com/kusto/query): null, dynamic values, whole
 * numbers whose quotient is whole, a summary of nothing that has a row.
 */
import { readFileSync } from 'node:fs';
import type { Row, Run } from './kusto.ts';
import { type Node, analysed, childrenOf, mistakesIn, textOf, typeOf } from './service.ts';

const parsed = new Map<string, Node>();

function answer({ query, tables }: Run): readonly Row[] {
  const tree = parsed.get(query) ?? parse(query);
  parsed.set(query, tree);
  return rowsOf(tree, tables);
}

function parse(query: string): Node {
  const code = analysed(query);
  const mistakes = mistakesIn(code);
  if (mistakes.length > 0) throw new Error(`${query}\n${mistakes.join('\n')}`);
  const [statement, ...more] = elements(code.Syntax['Statements']);
  if (statement === undefined || more.length > 0) throw new Error(`not one statement: ${query}`);
  return member(statement, 'Expression');
}

function rowsOf(node: Node, tables: Run['tables']): readonly Row[] {
  if (typeOf(node) === 'ParenthesizedExpression') return rowsOf(member(node, 'Expression'), tables);
  // As in a workspace that nothing has written to yet, a table without rows need not be given.
  if (typeOf(node) === 'NameReference') return tables[textOf(node)] ?? [];
  if (typeOf(node) !== 'PipeExpression') throw unknown(node);
  const operator = member(node, 'Operator');
  const operate = OPERATORS[typeOf(operator)];
  if (operate === undefined) throw unknown(operator);
  return operate(rowsOf(member(node, 'Expression'), tables), operator, tables);
}

type Operator = (rows: readonly Row[], node: Node, tables: Run['tables']) => readonly Row[];

const OPERATORS: Readonly<Record<string, Operator>> = {
  FilterOperator: (rows, node) => rows.filter((row) => valueOf(member(node, 'Condition'), row) === true),
  ExtendOperator: (rows, node) => rows.map((row) => ({ ...row, ...columns(node, row) })),
  ProjectOperator: (rows, node) => rows.map((row) => columns(node, row)),
  SummarizeOperator(rows, node) {
    if (node['ByClause'] !== null) throw unknown(node);
    const aggregates = elements(node['Aggregates']).map((each) => [nameOf(each), aggregate(each, rows)]);
    return [Object.fromEntries(aggregates) as Row];
  },
  TopOperator(rows, node) {
    const by = member(node, 'ByExpression');
    if (!textOf(by).endsWith(' desc')) throw unknown(node);
    const key = (row: Row): number | string => valueOf(member(by, 'Expression'), row) as string;
    const sorted = [...rows].sort((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0));
    return sorted.slice(0, Number(textOf(node['Expression'])));
  },
  JoinOperator(rows, node, tables) {
    const [kind, ...more] = childrenOf(member(node, 'Parameters'));
    const [on, ...others] = elements(member(node, 'ConditionClause')['Expressions']);
    if (kind === undefined || textOf(kind) !== 'kind=leftanti') throw unknown(node);
    if (on === undefined || more.length + others.length > 0) throw unknown(node);
    const theirs = new Set(rowsOf(member(node, 'Expression'), tables).map((row) => row[textOf(on)]));
    return rows.filter((row) => !theirs.has(row[textOf(on)]));
  },
};

function columns(node: Node, row: Row): Row {
  return Object.fromEntries(
    elements(node['Expressions']).map((each) => [nameOf(each), valueOf(unnamed(each), row)]),
  );
}

function aggregate(node: Node, rows: readonly Row[]): unknown {
  const call = unnamed(node);
  const [of, share] = elements(member(call, 'ArgumentList')['Expressions']);
  const name = textOf(call['Name']);
  if (name === 'count' && of === undefined) return rows.length;
  if (of === undefined) throw unknown(call);
  const values = rows.map((row) => valueOf(of, row));
  if (name === 'countif') return values.filter((value) => value === true).length;
  if (name !== 'percentile' || share === undefined) throw unknown(call);
  // By nearest rank; the service estimates where there are many.
  const sorted = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  return sorted[Math.ceil((Number(textOf(share)) / 100) * sorted.length) - 1] ?? null;
}

function valueOf(node: Node, row: Row): unknown {
  const compute = EXPRESSIONS[typeOf(node)];
  if (compute === undefined) throw unknown(node);
  return compute(node, row);
}

const EXPRESSIONS: Readonly<Record<string, (node: Node, row: Row) => unknown>> = {
  ParenthesizedExpression: (node, row) => valueOf(member(node, 'Expression'), row),
  NameReference: (node, row) => row[textOf(node)] ?? null,
  LiteralExpression: (node) =>
    node.ResultType?.Name === 'string' ? node['LiteralValue'] : Number(textOf(node)),
  PathExpression(node, row) {
    const whole = valueOf(member(node, 'Expression'), row);
    // What is no bag of properties has none.
    return whole instanceof Object ? ((whole as Row)[textOf(node['Selector'])] ?? null) : null;
  },
  InExpression(node, row) {
    const listed = elements(member(node, 'Right')['Expressions']).map((each) => valueOf(each, row));
    const found = listed.includes(valueOf(member(node, 'Left'), row));
    return textOf(node['Operator']) === 'in' ? found : !found;
  },
  BinaryExpression(node, row) {
    const [left, right] = [valueOf(member(node, 'Left'), row), valueOf(member(node, 'Right'), row)];
    const operate = BINARY[textOf(node['Operator'])];
    if (operate === undefined) throw unknown(node);
    const result = operate(left, right);
    return node.ResultType?.Name === 'long' && result !== null ? Math.trunc(Number(result)) : result;
  },
  FunctionCallExpression(node, row) {
    const [argument, ...more] = elements(member(node, 'ArgumentList')['Expressions']);
    const call = FUNCTIONS[textOf(node['Name'])];
    if (call === undefined || argument === undefined || more.length > 0) throw unknown(node);
    return call(valueOf(argument, row));
  },
};

type Binary = (left: unknown, right: unknown) => unknown;

/** Of numbers; with null it is null. */
const numeric =
  (operate: (left: number, right: number) => unknown): Binary =>
  (left, right) =>
    left === null || right === null ? null : operate(Number(left), Number(right));

const toText = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
const lower = (value: unknown): string => toText(value).toLowerCase();

const BINARY: Readonly<Record<string, Binary>> = {
  and: (left, right) => left === true && right === true,
  or: (left, right) => left === true || right === true,
  '==': (left, right) => (left === null && right === null ? null : left === right),
  '!=': (left, right) => (left === null && right === null ? null : left !== right),
  '=~': (left, right) => lower(left) === lower(right),
  contains: (left, right) => lower(left).includes(lower(right)),
  '>': numeric((left, right) => left > right),
  '>=': numeric((left, right) => left >= right),
  '*': numeric((left, right) => left * right),
  '/': numeric((left, right) => left / right),
};

const toNumber = (value: unknown): number | null =>
  (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'
    ? finite(Number(value))
    : null;
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const FUNCTIONS: Readonly<Record<string, (value: unknown) => unknown>> = {
  parse_json(value) {
    try {
      return JSON.parse(String(value)) as unknown;
    } catch {
      return value;
    }
  },
  tostring: toText,
  toint: toNumber,
  todouble: toNumber,
  tobool: (value) => (typeof value === 'boolean' ? value : null),
  isnotempty: (value) => value !== null && value !== '',
};

/** Names an aggregate or a column. The service's own names for those without one are not needed. */
function nameOf(node: Node): string {
  if (typeOf(node) === 'SimpleNamedExpression') return textOf(node['Name']);
  if (typeOf(node) === 'NameReference') return textOf(node);
  throw unknown(node);
}

const unnamed = (node: Node): Node =>
  typeOf(node) === 'SimpleNamedExpression' ? member(node, 'Expression') : node;

const member = (node: Node, name: string): Node => node[name] as Node;

/** Of a list whose nodes are separated. */
const elements = (list: unknown): readonly Node[] =>
  childrenOf(list as Node).map((separated) => member(separated, 'Element$1'));

const unknown = (node: Node): Error => new Error(`not known here: ${typeOf(node)} ${textOf(node)}`);

const runs = JSON.parse(readFileSync(0, 'utf8')) as Run[];
process.stdout.write(JSON.stringify(runs.map(answer)));
