/** What was counted for one new allocation, and where, so that it can be given back. */
export interface Charge {
  /** The caller who was charged: a hash (lib/auth/callerKey.ts). */
  readonly caller: string;
  /** The window it was counted in, by its beginning (milliseconds since the epoch). */
  readonly windowStartMs: number;
}

/** `refused`: the caller has used up its window, which ends after this many whole seconds. */
export type ChargeResult =
  | { readonly kind: 'charged'; readonly charge: Charge }
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number };

/** How many new allocations each caller may start, counted across all instances. */
export interface Quota {
  /** What to do with a caller that cannot be counted, because the storage service fails. */
  readonly onStorageFault: 'refuse' | 'allow';
  /**
   * Counts one new allocation of this caller.
   *
   * @param limit of this caller, where it is not what all have
   * @throws StorageFault when it is not known whether it was counted: it may have been
   */
  charge(caller: string, limit?: number): Promise<ChargeResult>;
  /**
   * Takes back a charge whose allocation definitely started nothing. Does nothing once its window has passed.
   *
   * @throws StorageFault when it is not known whether it was taken back: at worst, the caller stays charged
   */
  giveBack(charge: Charge): Promise<void>;
  /** How many callers this instance has refused in the last hour; at most a thousand are told apart. */
  refusedLately(): number;
}

/** BROKER_QUOTA: how many new allocations one caller may start. */
export interface QuotaSettings {
  /** Callers with a limit of their own; without a limit they are not counted. */
  readonly trusted?: {
    readonly limit?: number;
    readonly claim?: { readonly name: string; readonly value: string };
  };
  readonly limit: number;
  readonly windowSeconds: number;
  readonly trustedHops: number;
  readonly onStorageFault: 'refuse' | 'allow';
}
