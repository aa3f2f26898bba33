type HookCallback = (context: object) => unknown;

const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** What the worker returns for every registration: undoes it, once. */
export class Disposable {
  static from(...inner: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of inner) disposable.dispose();
    });
  }

  #undo: (() => unknown) | undefined;

  constructor(undo: () => unknown) {
    this.#undo = undo;
  }

  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}

export interface Hooks {
  /** Throws a RangeError for a name that the worker does not know. */
  readonly register: (name: string, callback: HookCallback) => Disposable;
  /** Runs the hooks in the order of registration; the first that throws ends it, as in the worker. */
  run(name: HookName, context: object): Promise<void>;
  /** Log hooks are synchronous; one that throws cannot keep a line back. */
  runLog(context: object): void;
  /** Shared by all hooks of the app, for its whole life. */
  readonly appHookData: Readonly<Record<string, unknown>>;
}

export function createHooks(): Hooks {
  const registered = new Map<string, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  const of = (name: HookName): readonly HookCallback[] => [...(registered.get(name) ?? [])];
  return {
    appHookData: {},
    register(name, callback) {
      const list = registered.get(name);
      // By this flag the library knows to report to its caller which runtime version the hook needs.
      if (!list)
        throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
          isAzureFunctionsSystemError: true,
        });
      list.push(callback);
      return new Disposable(() => list.splice(list.indexOf(callback), 1));
    },
    async run(name, context) {
      for (const callback of of(name)) await callback(context);
    },
    runLog(context) {
      try {
        for (const callback of of('log')) callback(context);
      } catch {
        // As in the worker: the line goes out as it stands.
      }
    },
  };
}
