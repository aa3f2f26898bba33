/**
 * Reads a list of queries from stdin and writes what the language's own service says of each. A process of its own: the
 * service is compiled from C# to scripts that define globals.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Analysis } from './kusto.ts';

/** The columns that the queries use, of the tables that Azure Monitor documents. */
const TABLES = {
  traces:
    'timestamp:datetime, message:string, severityLevel:int, itemCount:int, operation_Id:string, customDimensions:dynamic',
  requests:
    'timestamp:datetime, name:string, resultCode:string, duration:real, success:string, itemCount:int, cloud_RoleInstance:string, customDimensions:dynamic',
  Usage: 'TimeGenerated:datetime, DataType:string, Quantity:real, IsBillable:bool',
  _LogOperation: 'TimeGenerated:datetime, Category:string, Operation:string, Level:string, Detail:string',
  FunctionAppLogs: 'TimeGenerated:datetime, Message:string, Level:string, Category:string',
};

/** As much of the service as is used here; its own types are 60,000 lines. */
interface Node {
  readonly ChildCount?: number;
  GetChild(index: number): Node | null;
  toString(trivia: number): string;
  readonly Expression: Node;
  readonly Selector: Node;
}
interface Service {
  readonly KustoCode: {
    ParseAndAnalyze(
      query: string,
      globals: unknown,
    ): {
      readonly Syntax: Node;
      GetDiagnostics(): { readonly Count: number; getItem(index: number): { readonly Message: string } };
    };
  };
  readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
  readonly Syntax: { readonly PathExpression: unknown };
  readonly Symbols: {
    readonly TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: readonly unknown[]) => unknown };
  };
}

const load = createRequire(import.meta.url);
load('@kusto/language-service-next/bridge.min.js');
load('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { Kusto, Bridge } = globalThis as unknown as {
  Kusto: { Language: Service };
  Bridge: { is(value: unknown, type: unknown): boolean };
};
const service = Kusto.Language;
const { TableSymbol, DatabaseSymbol } = service.Symbols;
const tables = Object.entries(TABLES).map(([name, columns]) =>
  TableSymbol.From(`(${columns})`).WithName(name),
);
const globals = service.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor('logs', tables));

const queries = JSON.parse(readFileSync(0, 'utf8')) as string[];
process.stdout.write(JSON.stringify(queries.map(analyse)));

function analyse(query: string): Analysis {
  const code = service.KustoCode.ParseAndAnalyze(query, globals);
  const found = code.GetDiagnostics();
  const mistakes = Array.from({ length: found.Count }, (_, index) => found.getItem(index).Message);
  return { mistakes, members: [...new Set(membersOf(code.Syntax))] };
}

/** Of `e`, which is what every query calls the event. */
function membersOf(node: Node | null): readonly string[] {
  if (node === null) return [];
  const own =
    Bridge.is(node, service.Syntax.PathExpression) && node.Expression.toString(0).trim() === 'e'
      ? [node.Selector.toString(0).trim()]
      : [];
  const children = Array.from({ length: node.ChildCount ?? 0 }, (_, index) => node.GetChild(index));
  return [...own, ...children.flatMap(membersOf)];
}
