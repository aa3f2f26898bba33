import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');

const program = ts.createProgram(
  ['lib/events.ts', 'lib/contract/outcomes.ts', 'lib/ledger/quota/quotaLedger.ts'].map((file) =>
    join(ROOT, file),
  ),
  {
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    ...{ allowImportingTsExtensions: true, noEmit: true, strict: true, types: [], lib: ['lib.es2024.d.ts'] },
  },
);
const checker = program.getTypeChecker();

/** A type that one of the files declares. */
export function declared(file: string, name: string): ts.Type {
  let found: ts.Type | undefined;
  program.getSourceFile(join(ROOT, file))?.forEachChild((node) => {
    if ((ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) && node.name.text === name) {
      found = checker.getTypeAtLocation(node.name);
    }
  });
  if (found === undefined) throw new Error(`${file} declares no ${name}`);
  return found;
}

/** Sorted. */
export const namesOf = (type: ts.Type): string[] =>
  checker
    .getPropertiesOfType(type)
    .map(({ name }) => name)
    .sort();

/** The words of a union of literals, sorted. */
export function wordsOf(type: ts.Type): string[] {
  if (!type.isUnion()) throw new Error('not a union');
  return type.types
    .map((word) => {
      if (!word.isStringLiteral()) throw new Error('the union has more than words');
      return word.value;
    })
    .sort();
}

/** The events that the code writes, as lib/events.ts declares them: each with its fields, sorted. */
export const EVENTS = (() => {
  const union = declared('lib/events.ts', 'BrokerEvent');
  if (!union.isUnion()) throw new Error('BrokerEvent is a union');
  return union.types.map((type): [string, string[]] => {
    const event = type.getProperty('event');
    const literal = event && checker.getTypeOfSymbol(event);
    if (literal?.isStringLiteral() !== true) throw new Error('an event has no name');
    return [literal.value, namesOf(type).filter((name) => name !== 'event')];
  });
})();
