type HookCallback = (context: object) => unknown;

/** The one hook that this host runs, since no app here uses another: `appTerminate`. */
export interface Hooks {
  /**
   * @throws RangeError for a hook that this host does not run: the app then does not start, and the log says why
   */
  readonly register: (name: string, callback: HookCallback) => { dispose(): void };
  /** Runs the app's terminate hooks in the order of registration; the first that throws ends it, as in the worker. */
  terminate(): Promise<void>;
}

export function createHooks(): Hooks {
  const registered = new Set<{ readonly callback: HookCallback }>();
  return {
    register(name, callback) {
      if (name !== 'appTerminate') throw new RangeError(`this host does not run the hook "${name}"`);
      const hook = { callback };
      registered.add(hook);
      return { dispose: () => void registered.delete(hook) };
    },
    async terminate() {
      for (const { callback } of registered) await callback({ hookData: {}, appHookData: {} });
    },
  };
}
