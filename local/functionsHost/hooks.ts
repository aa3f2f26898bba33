type HookCallback = (context: object) => unknown;

/** The one hook that this host runs: no app here uses another. */
export type HookName = 'appTerminate';

export interface Hooks {
  /**
   * @throws RangeError for a hook that this host does not run: the app then does not start, and the log says why
   */
  readonly register: (name: string, callback: HookCallback) => { dispose(): void };
  /** Runs the hooks in the order of registration; the first that throws ends it, as in the worker. */
  run(name: HookName, context: object): Promise<void>;
  /** Shared by all hooks of the app, for its whole life. */
  readonly appHookData: Readonly<Record<string, unknown>>;
}

export function createHooks(): Hooks {
  const registered = new Set<{ readonly callback: HookCallback }>();
  return {
    appHookData: {},
    register(name, callback) {
      if (name !== 'appTerminate') throw new RangeError(`this host does not run the hook "${name}"`);
      const hook = { callback };
      registered.add(hook);
      return { dispose: () => void registered.delete(hook) };
    },
    async run(_name, context) {
      for (const { callback } of registered) await callback(context);
    },
  };
}
