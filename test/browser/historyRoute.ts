import type { Page, Route } from 'playwright-core';
import { parseHistoryRequest, parseRequestsRequest } from '../../lib/contract/historyRequest.ts';
import type { RequestInterval } from '../../lib/contract/requestCounts.ts';
import type { Stock } from '../../lib/contract/stock.ts';
import { renderHistory } from '../../lib/contract/renderHistory.ts';
import { readHistory } from '../../lib/ledger/reading/sessionAttempts.ts';
import type { PartitionScan } from '../../lib/ledger/tables/partitionScan.ts';
import type { Check } from '../../ops/api.ts';
import { MemoryTable } from '../support/memoryTable.ts';

export const ALL_WELL: readonly Check[] = ['settings', 'tables', 'token'].map((name) => ({ name, ok: true }));

export interface Scene {
  readonly scan: PartitionScan;
  readonly checks?: readonly Check[];
  /** How requests were answered, by minute. */
  readonly requests?: readonly RequestInterval[];
  readonly stock?: Stock;
}

/** As of a fleet that does not say. */
export const NO_STOCK: Stock = {
  at: '2026-11-22T08:15:00.000Z',
  entries: [{ fleet: 'sessionhosts', gameModes: ['duel'], status: 'not-offered' }],
};

/** Answers the page's calls as the function `history` does, from a history that the test makes up. */
export async function routeHistory(page: Page, scene: Scene): Promise<void> {
  await page.route('**/api/v1/history**', (route) => answer(route, scene));
}

async function answer(
  route: Route,
  { scan, checks = ALL_WELL, requests = [], stock = NO_STOCK }: Scene,
): Promise<void> {
  const { pathname, searchParams } = new URL(route.request().url());
  const json = (body: string): Promise<void> =>
    route.fulfill({ contentType: 'application/json', body, headers: { date: new Date().toUTCString() } });
  if (pathname.endsWith('/ready')) return json(JSON.stringify({ status: 'ready', checks }));
  if (pathname.endsWith('/stock')) return json(JSON.stringify(stock));
  if (pathname.endsWith('/requests')) {
    const { sinceMs, untilMs } = parseRequestsRequest(searchParams, Date.now());
    const intervals = requests.filter(({ at }) => Date.parse(at) >= sinceMs && Date.parse(at) < untilMs);
    return json(JSON.stringify({ intervalSeconds: 60, intervals }));
  }
  const table = new MemoryTable(() => Date.now());
  const tables = { sessions: table, history: table, historyScan: scan };
  return json(renderHistory(await readHistory(tables, parseHistoryRequest(searchParams, Date.now()))));
}
