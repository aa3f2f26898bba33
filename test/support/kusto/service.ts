/** The language's own service, for the processes beside this file: it is compiled from C# to scripts that set globals. */
import { createRequire } from 'node:module';

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

/** A node of a query's tree: which members it has depends on its type. The service's own types are 60,000 lines. */
export interface Node {
  readonly ChildCount?: number;
  GetChild(index: number): Node | null;
  toString(trivia: number): string;
  readonly ResultType: { readonly Name: string } | null;
  readonly [member: string]: unknown;
}

/** What the service makes of a query. */
export interface Code {
  readonly Syntax: Node;
  GetDiagnostics(): { readonly Count: number; getItem(index: number): { readonly Message: string } };
}

interface Service {
  readonly KustoCode: { ParseAndAnalyze(query: string, globals: unknown): Code };
  readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
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
  Bridge: { Reflection: { getTypeName(value: unknown): string } };
};
const service = Kusto.Language;
const { TableSymbol, DatabaseSymbol } = service.Symbols;
const tables = Object.entries(TABLES).map(([name, columns]) =>
  TableSymbol.From(`(${columns})`).WithName(name),
);
const globals = service.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor('logs', tables));

export const analysed = (query: string): Code => service.KustoCode.ParseAndAnalyze(query, globals);

/** What the service found wrong: syntax, and tables, columns and functions that there are not. */
export function mistakesIn(code: Code): readonly string[] {
  const found = code.GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index).Message);
}

/** The name of a node's type, as "FilterOperator". */
export const typeOf = (node: Node): string => Bridge.Reflection.getTypeName(node).split('.').at(-1) ?? '';

/** A node's text, without the space around it. */
export const textOf = (node: unknown): string => (node as Node).toString(0).trim();

export function childrenOf(node: Node): readonly Node[] {
  return Array.from({ length: node.ChildCount ?? 0 }, (_, index) => node.GetChild(index)).filter(
    (child) => child !== null,
  );
}
