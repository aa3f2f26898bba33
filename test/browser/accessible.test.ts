/** Whether axe finds a fault in what the operators' page shows of endings, overflow and stock, with all of it at once. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Stock } from '../../lib/contract/stock.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { ALLOCATED, guid, opening, seedEnding } from '../support/historyRows.ts';
import { MemoryScan } from '../support/memoryScan.ts';
import { MemoryTable } from '../support/memoryTable.ts';
import { faultsOf } from './axe.ts';
import { type TestBrowser, launch } from './browser.ts';
import { routeHistory } from './historyRoute.ts';

const MINUTE_MS = 60_000;

let browser: TestBrowser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

const ago = (minutes: number): string => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

const STOCK: Stock = {
  at: '2026-11-22T08:15:30.000Z',
  entries: [
    {
      ...{ fleet: 'playfab', gameModes: ['duel', 'ranked'], status: 'known' },
      locations: [
        { region: 'West US', servers: { standingBy: 0, active: 1_234, propping: 2 } },
        { region: 'North Europe' },
      ],
    },
    { fleet: 'playfab', gameModes: ['siege'], status: 'known', locations: [] },
    { fleet: 'playfab', gameModes: ['raid'], status: 'failed', reason: 'GetBuild answered 500.' },
    { fleet: 'sessionhosts', gameModes: ['old'], status: 'not-offered' },
  ],
};

/** A mode that overflowed, an attempt whose session was ended meanwhile, endings of each kind, and one overdue. */
async function history(): Promise<MemoryTable> {
  const table = new MemoryTable(() => Date.now());
  const rows = new TableHistory(table);
  const closedAtMs = Date.parse(ago(40)) + 710;
  const overflowed = { ...ALLOCATED, closedAtMs, fleet: 'playfab', fleetsAsked: 'sessionhosts playfab' };
  const over = { outcome: 'session-ended', closedAtMs, fleetCalls: 1, fleetMs: 90 } as const;
  for (const [index, closing] of [overflowed, { ...ALLOCATED, closedAtMs }, over].entries()) {
    // The ids of their endings are those of the sessions' numbers.
    const row = await rows.open(opening(ago(40), 10 + index, { sessionId: guid(index) }));
    await row.close(closing);
  }
  const ended = { closedAtMs: Date.parse(ago(24)) };
  await seedEnding(table, ago(25), 0, ended);
  await seedEnding(table, ago(25), 1, { ...ended, endFleet: 'not-told', fleetCalls: 0 });
  await seedEnding(table, ago(20), 2);
  return table;
}

async function opened(): Promise<Page> {
  const { page } = await browser.open();
  await page.route('http://localhost/api/ops', (route) =>
    route.fulfill({
      path: join(__dirname, '../../dist/ops.html'),
      contentType: 'text/html; charset=utf-8',
    }),
  );
  await routeHistory(page, { scan: new MemoryScan(await history()), stock: STOCK });
  await page.goto('http://localhost/api/ops');
  await page.locator('#tiles dd').first().waitFor();
  await page.locator('#stock-view table').first().waitFor();
  return page;
}

it.each([
  ['light', 1_280],
  ['dark', 400],
] as const)('has no fault in %s at %d px, nor have their dialogs', async (colorScheme, width) => {
  const page = await opened();
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  expect(await page.locator('#tiles dt').allInnerTexts()).toEqual(
    expect.arrayContaining(['Overflow', 'Ended sessions']),
  );
  expect(await page.locator('#overdue').isVisible()).toBe(true);
  expect(await faultsOf(page)).toEqual([]);

  const dialog = page.getByRole('dialog');
  for (const [row, said] of [
    ['ended (told)', 'the fleet shut the server down'],
    ['open (ending)', 'the fleet has not confirmed the end; the sweep repeats it'],
    ['session-ended', 'the caller got 410'],
  ] as const) {
    await page.locator('#attempts tbody tr', { hasText: row }).getByRole('button').click();
    await dialog.getByText(said).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }
  await page.selectOption('#filter-effort', 'overflow');
  await page.locator('#attempts tbody tr').getByRole('button').click();
  await dialog.getByText('sessionhosts had no server free').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'All attempts of this session' }).click();
  await dialog.getByText('End of the session').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.close();
});
