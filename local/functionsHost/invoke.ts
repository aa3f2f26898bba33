import { randomUUID } from 'node:crypto';
import type { Core, RegisteredFunction } from './core.ts';
import { describe, type createFilter, type Log } from './logging.ts';
import type {
  CoreInvocationContext,
  InvocationModel,
  InvocationRequest,
  LogCategory,
  LogLevel,
  RpcHttpResponse,
} from './rpc.ts';

export type Outcome =
  { readonly ok: true; readonly response: RpcHttpResponse | undefined } | { readonly ok: false };

export type Input = Pick<InvocationRequest, 'traceContext'> & {
  readonly data: InvocationRequest['inputData'][number]['data'];
};

export interface Invoker {
  /** Runs a function once. It never rejects: what the function threw is logged, and `ok` is false. */
  invoke(fn: RegisteredFunction, input: Input): Promise<Outcome>;
  /** Resolves when no invocation is running. */
  idle(): Promise<void>;
}

/** Drives the programming model as the worker's invocation handler does. */
export function createInvoker(core: Core, log: Log, passes: ReturnType<typeof createFilter>): Invoker {
  const running = new Set<Promise<Outcome>>();
  return {
    invoke(fn, input) {
      const context = coreContext(core, fn, input, log, passes);
      const outcome = run(core, fn, context).catch((error: unknown): Outcome => {
        log({ level: 'error', ...origin(context), message: describe(error) });
        return { ok: false };
      });
      running.add(outcome);
      void outcome.then(() => running.delete(outcome));
      return outcome;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function run(core: Core, fn: RegisteredFunction, context: CoreInvocationContext): Promise<Outcome> {
  const model = core.model()?.getInvocationModel(context);
  if (!model) throw new Error('the app has set no programming model: does it use @azure/functions?');
  const { context: invocationContext, inputs } = await model.getArguments();
  const shared = { hookData: {}, appHookData: core.hooks.appHookData, invocationContext };

  // The hooks may replace the inputs and the handler, and later the result and the error.
  const before = { ...shared, inputs, functionCallback: fn.callback };
  await during(context, 'preInvocationHooks', () => core.hooks.run('preInvocation', before));

  const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
  await during(context, 'invocation', async () => {
    try {
      after.result = await model.invokeFunction(invocationContext, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('the function threw nothing');
    }
  });
  await during(context, 'postInvocationHooks', () => core.hooks.run('postInvocation', after));

  // Apps may throw anything: it goes on as it is, and whoever logs it copes.
  if (after.error !== null && after.error !== undefined) throw after.error as Error;
  return { ok: true, response: await httpResponse(model, invocationContext, after.result) };
}

async function httpResponse(
  model: InvocationModel,
  context: unknown,
  result: unknown,
): Promise<RpcHttpResponse | undefined> {
  return (await model.getResponse(context, result)).returnValue?.http;
}

async function during(
  context: CoreInvocationContext,
  state: NonNullable<CoreInvocationContext['state']>,
  step: () => Promise<void>,
): Promise<void> {
  context.state = state;
  try {
    await step();
  } finally {
    context.state = undefined;
  }
}

function coreContext(
  core: Core,
  fn: RegisteredFunction,
  input: Input,
  log: Log,
  passes: ReturnType<typeof createFilter>,
): CoreInvocationContext {
  const invocationId = randomUUID();
  const [name = ''] = Object.entries(fn.metadata.bindings).find(([, b]) => b.direction === 'in') ?? [];
  const context: CoreInvocationContext = {
    invocationId,
    request: {
      invocationId,
      inputData: [{ name, data: input.data }],
      triggerMetadata: {},
      ...(input.traceContext && { traceContext: input.traceContext }),
    },
    metadata: fn.metadata,
    log(level, category, message) {
      const line = hooked(core, { level, category, message });
      if (passes(fn.metadata.name, category, line.level)) {
        log({ level: line.level, ...origin(context), message: line.message });
      }
    },
  };
  return context;
}

/** Log hooks see every line, and may change the app's own ones. */
function hooked(
  core: Core,
  line: { level: LogLevel; category: LogCategory; message: string },
): { level: LogLevel; message: string } {
  const context = { ...line, hookData: {}, appHookData: core.hooks.appHookData };
  core.hooks.runLog(context);
  return line.category === 'user' ? context : line;
}

function origin(context: CoreInvocationContext): { function: string; invocationId: string } {
  return { function: context.metadata.name, invocationId: context.invocationId };
}
