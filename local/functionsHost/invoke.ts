import { randomUUID } from 'node:crypto';
import type { Core, RegisteredFunction } from './core.ts';
import { describe, type createFilter, type Log } from './logging.ts';
import type { CoreInvocationContext, InvocationRequest, RpcHttpResponse } from './rpc.ts';

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
      const context = coreContext(fn, input, log, passes);
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
  context.state = 'invocation';
  try {
    const result = await model.invokeFunction(invocationContext, inputs, fn.callback);
    const { returnValue } = await model.getResponse(invocationContext, result);
    return { ok: true, response: returnValue?.http };
  } finally {
    context.state = undefined;
  }
}

function coreContext(
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
      if (passes(fn.metadata.name, category, level)) log({ level, ...origin(context), message });
    },
  };
  return context;
}

function origin(context: CoreInvocationContext): { function: string; invocationId: string } {
  return { function: context.metadata.name, invocationId: context.invocationId };
}
