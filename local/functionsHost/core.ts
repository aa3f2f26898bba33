import { registerHooks } from 'node:module';
import { createHooks, type Hooks } from './hooks.ts';
import type { FunctionCallback, FunctionMetadata, LogCategory, LogLevel, ProgrammingModel } from './rpc.ts';

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** What the app registered through `@azure/functions-core`. */
export interface Core {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly hooks: Hooks;
  model(): ProgrammingModel | undefined;
  /** From then on the app can register no more functions, as in the worker. */
  endStartup(): void;
}

const SPECIFIER = '@azure/functions-core';
const MODULE_URL = 'functions-core:worker';
const GLOBAL_KEY = Symbol.for('local.functionsHost.core');

/**
 * Supplies the module `@azure/functions-core`, which exists only inside the Functions runtime, to everything that is
 * loaded from now on.
 */
export function supplyCore(log: (level: LogLevel, category: LogCategory, message: string) => void): Core {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = createHooks();
  let model: ProgrammingModel | undefined;
  let starting = true;

  const registerFunction = (metadata: FunctionMetadata, callback: FunctionCallback): void => {
    const { name } = metadata;
    if (!starting) throw new Error(`function "${name}": functions can only be registered during app startup`);
    if (functions.has(name)) throw new Error(`function "${name}" is registered twice`);
    functions.set(name, { metadata: { ...metadata, functionId: metadata.functionId ?? name }, callback });
  };

  supplyModule({
    version: '3.12.0',
    hostVersion: '4.1040.0',
    setProgrammingModel: (value: ProgrammingModel) => (model = value),
    getProgrammingModel: () => model,
    registerFunction,
    registerHook: hooks.register,
    log,
  });
  return { functions, hooks, model: () => model, endStartup: () => (starting = false) };
}

/** The hooks run on this thread, so a global can carry the live object into the module's source. */
function supplyModule(api: object): void {
  Object.assign(globalThis, { [GLOBAL_KEY]: api });
  const source = `module.exports = globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(GLOBAL_KEY))})];`;
  registerHooks({
    resolve: (request, context, next) =>
      request === SPECIFIER
        ? { url: MODULE_URL, format: 'commonjs', shortCircuit: true }
        : next(request, context),
    load: (url, context, next) =>
      url === MODULE_URL ? { format: 'commonjs', source, shortCircuit: true } : next(url, context),
  });
}
