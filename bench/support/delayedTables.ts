import type { Stack } from '../../local/stack.ts';
import { TABLES } from '../../lib/ledger/tables/tableClients.ts';
import { FaultProxy } from '../../test/support/faultProxy/faultProxy.ts';

/** A storage account in the same region answers in a few milliseconds; 20 leave no doubt about the round trips. */
const ROUND_TRIP_MS = 20;

/** What an instance writes once a minute, whatever is asked of it. */
const MINUTES_ROW = `POST ${TABLES.requests}`;

/** The tables behind a proxy that delays each request and counts it. */
export interface WatchedTables {
  readonly connectionString: string;
  /** The number of requests since its last call, on behalf of the allocations that were asked for. */
  taken(): number;
  stop(): Promise<void>;
}

/** Adds 20 ms to every request. */
export async function delayedTables(stack: Stack): Promise<WatchedTables> {
  return watchedTables(stack, ROUND_TRIP_MS);
}

/** Counts requests; delays them only by what is given. */
export async function watchedTables({ azurite }: Stack, delayMs = 0): Promise<WatchedTables> {
  const proxy = new FaultProxy(azurite.tableUrl, { keepRequests: 100 });
  if (delayMs > 0) proxy.inject({ fault: { type: 'delay', ms: delayMs } });
  const { connectionString } = await proxy.endpoint();
  return {
    connectionString,
    taken: () => {
      const { requests, byKind } = proxy.counts();
      proxy.forget();
      return requests - (byKind[MINUTES_ROW] ?? 0);
    },
    stop: () => proxy.stop(),
  };
}
