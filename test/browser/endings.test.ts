/** What the operators' page shows of sessions that were ended, from a history that the test makes up. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { ALLOCATED, guid, opening, seedEnding } from '../support/historyRows.ts';
import { MemoryScan } from '../support/memoryScan.ts';
import { MemoryTable } from '../support/memoryTable.ts';
import { type TestBrowser, launch } from './browser.ts';
import { routeHistory } from './historyRoute.ts';

const PAGE = join(__dirname, '../../dist/ops.html');
const MINUTE_MS = 60_000;

let browser: TestBrowser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

/** The page on this history; what the browser has complained of. */
async function opened(table: MemoryTable): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const { page, complaints } = await browser.open();
  await page.route('http://localhost/api/ops', (route) =>
    route.fulfill({ path: PAGE, contentType: 'text/html; charset=utf-8' }),
  );
  await routeHistory(page, { scan: new MemoryScan(table) });
  await page.goto('http://localhost/api/ops');
  await page.locator('#tiles dd').first().waitFor();
  return { page, complaints };
}

const ago = (minutes: number): string => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

/** 4 sessions that got their server 40 minutes ago. */
async function withSessions(): Promise<MemoryTable> {
  const table = new MemoryTable(() => Date.now());
  const history = new TableHistory(table);
  for (const number of [1, 2, 3, 4]) {
    const claimedAt = ago(40);
    const row = await history.open(opening(claimedAt, number));
    await row.close({ ...ALLOCATED, closedAtMs: Date.parse(claimedAt) + 710 });
  }
  return table;
}

it('counts them beside the attempts, names what is not confirmed, and tells each', async () => {
  const table = await withSessions();
  const calls = { fleetMs: 9_000, upstreamStatus: 409 };
  await seedEnding(table, ago(30), 1, calls);
  await seedEnding(table, ago(30), 2, { ...calls, endFleet: 'no-host', region: undefined });
  await seedEnding(table, ago(20), 3);
  const { page, complaints } = await opened(table);

  const tiles = (await page.locator('#tiles > div').allInnerTexts()).map((text) => text.split('\n'));
  expect(tiles).toEqual([
    ['Attempts', '4', '4 sessions'],
    ['Allocated', '4', '100.0 % of attempts'],
    ['First preference', '100.0 %', '0 elsewhere'],
    ['No capacity', '0', '0.0 % of attempts'],
    ['Fleet time p95', '710 ms', 'p50 710 ms'],
    ['Total time p95', '710 ms', 'p50 710 ms'],
    ['Several calls', '0', '0.0 %; 0 take-overs'],
    ['Ended sessions', '3', '1 told, 1 no-host, 1 pending'],
  ]);
  expect(await page.locator('#outcomes-legend li').allInnerTexts()).toEqual(['allocated\n4']);
  expect(await page.locator('#statuses-bars tbody th').allInnerTexts()).toEqual(['200']);
  expect(await page.locator('#overdue').innerText()).toMatch(
    new RegExp(
      `^The end of 1 session is not confirmed for more than 10 minutes: a server may still run\\. ${guid(3)} \\(\\d+ \\w{3} \\d\\d:\\d\\d UTC\\)\\. What to do: docs/operating\\.md, \u201cEnded sessions\u201d\\.$`,
    ),
  );

  await page.selectOption('#filter-outcome', 'ended');
  expect(await page.locator('#shown').innerText()).toBe('2 of 2 shown, 7 without the filters');
  expect(new Set(await page.locator('#attempts .outcome').allInnerTexts())).toEqual(
    new Set(['ended (told)', 'ended (no-host)']),
  );
  await page.locator('#attempts tbody tr', { hasText: 'ended (told)' }).getByRole('button').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'End of a session' }).waitFor();
  expect(await dialog.locator('.verdict').innerText()).toMatch(
    /^ended\s*Ended at .* UTC by key; the fleet shut the server down\.$/,
  );
  await dialog.getByRole('button', { name: 'All attempts of this session' }).click();
  await dialog.getByRole('heading', { name: 'Session', exact: true }).waitFor();
  expect((await dialog.locator('.numbered').allInnerTexts()).map((text) => text.split(',')[0])).toEqual([
    'Attempt 1 of 1',
    'End of the session',
  ]);
  expect(complaints).toEqual([]);
  await page.close();
});

it('says what an open one waits for, in its row', async () => {
  const table = await withSessions();
  await seedEnding(table, ago(20), 1);
  await seedEnding(table, ago(19), 2, {});
  const { page } = await opened(table);
  const waits = 'the fleet has not confirmed the end; the sweep repeats it';
  expect(await page.locator('#attempts .waits').allInnerTexts()).toEqual([waits]);
  expect(await page.locator('#attempts tr', { hasText: 'open (ending)' }).innerText()).toContain(waits);
  await page.close();
});

it('takes an attempt whose session was ended for neither success nor failure', async () => {
  const table = await withSessions();
  const closing = { closedAtMs: Date.parse(ago(10)) + 90, fleetCalls: 1, fleetMs: 90 };
  for (const [number, outcome] of (['session-ended', 'session-ended', 'no-capacity'] as const).entries()) {
    const row = await new TableHistory(table).open(opening(ago(10), 10 + number));
    await row.close({ ...closing, outcome });
  }
  const { page } = await opened(table);
  const tiles = (await page.locator('#tiles > div').allInnerTexts()).map((text) => text.split('\n'));
  expect(tiles.filter(([name]) => ['Attempts', 'Allocated', 'No capacity'].includes(name ?? ''))).toEqual([
    ['Attempts', '7', '7 sessions'],
    ['Allocated', '4', '80.0 % of attempts; 2 ended with their session'],
    ['No capacity', '1', '20.0 % of attempts'],
  ]);
  await page.close();
});

it('has a page for a range of which only endings are left', async () => {
  const table = new MemoryTable(() => Date.now());
  await seedEnding(table, ago(2), 1, { endFleet: 'not-told', fleetCalls: 0 });
  const { page, complaints } = await opened(table);
  expect(await page.locator('#tiles > div').last().innerText()).toBe('Ended sessions\n1\n1 not-told');
  expect(await page.locator('#now-text').innerText()).toBe('No attempt in the last 5 minutes.');
  expect(await page.locator('#overdue').isVisible()).toBe(false);
  expect(await page.locator('#empty-view').isVisible()).toBe(false);
  expect(await page.locator('#attempts .outcome').allInnerTexts()).toEqual(['ended (not-told)']);
  expect(complaints).toEqual([]);
  await page.close();
});

it('says nothing of them where no session was ended', async () => {
  const { page } = await opened(await withSessions());
  expect(await page.locator('#tiles dt').allInnerTexts()).not.toContain('Ended sessions');
  expect(await page.locator('#overdue').isVisible()).toBe(false);
  await page.close();
});
