/** What the operators' page shows of attempts that asked another fleet after one without a free server. */
import { join } from 'node:path';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { ALLOCATED, opening } from '../support/historyRows.ts';
import { MemoryScan } from '../support/memoryScan.ts';
import { MemoryTable } from '../support/memoryTable.ts';
import { type TestBrowser, launch } from './browser.ts';
import { routeHistory } from './historyRoute.ts';

let browser: TestBrowser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

it('has their share by game mode, finds them, and tells which fleet was dry', async () => {
  const table = new MemoryTable(() => Date.now());
  const history = new TableHistory(table);
  const claimedAt = new Date(Date.now() - 20 * 60_000).toISOString();
  const closing = { ...ALLOCATED, closedAtMs: Date.parse(claimedAt) + 710 };
  for (const [number, gameMode] of ['duel', 'duel', 'raid'].entries()) {
    const row = await history.open(opening(claimedAt, number, { gameMode }));
    const overflowed = { fleet: 'playfab', fleetsAsked: 'sessionhosts playfab' };
    await row.close({ ...closing, ...(number === 0 && overflowed) });
  }
  const { page, complaints } = await browser.open();
  await page.route('http://localhost/api/ops', (route) =>
    route.fulfill({
      path: join(__dirname, '../../dist/ops.html'),
      contentType: 'text/html; charset=utf-8',
    }),
  );
  await routeHistory(page, { scan: new MemoryScan(table) });
  await page.goto('http://localhost/api/ops');
  await page.locator('#tiles dd').first().waitFor();
  expect(await page.locator('#tiles > div').last().innerText()).toBe('Overflow\n1\nduel 50.0 %');

  await page.selectOption('#filter-effort', 'overflow');
  expect(await page.locator('#shown').innerText()).toBe('1 of 1 shown, 3 without the filters');
  await page.locator('#attempts tbody tr').getByRole('button').click();
  expect(await page.getByRole('dialog').innerText()).toContain(
    'sessionhosts had no server free; playfab was asked after it',
  );
  expect(complaints).toEqual([]);
  await page.close();
});
