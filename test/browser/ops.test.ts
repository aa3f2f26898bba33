/** The operators' page in a real browser, on the real stack, against what the callers counted. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { LOCAL_LOCATIONS } from '../../local/brokerSettings.ts';
import type { SpawnedHost } from '../../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import type { RequestInterval } from '../../lib/contract/requestCounts.ts';
import { attempt } from '../support/attempts.ts';
import { allocate, json } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { players } from '../support/players.ts';
import { BusyHistory, type BusyOptions } from '../support/busyHistory.ts';
import { faultsOf } from './axe.ts';
import { type TestBrowser, type Watched, launch } from './browser.ts';
import { ALL_WELL, NO_STOCK, routeHistory } from './historyRoute.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const KEY = 'key-of-the-operators';
const CLIENT = { 'x-functions-key': 'key-of-the-game-clients' };
const MARKUP = '<img src=x onerror=alert(1)>';
/** What the browser itself notes when a key is missing or wrong. */
const UNAUTHORISED = 'Failed to load resource: the server responded with a status of 401 (Unauthorized)';

const folder = temporaryFolder();
let stack: Stack;
let broker: SpawnedHost;
let browser: TestBrowser;
/** What the callers counted. */
const counted = { created: 0, refused: 0, first: 0, byRegion: new Map<string, number>() };
let latest: string;

beforeAll(async () => {
  const keys = join(folder.path, 'keys.json');
  const functions = { allocations: { client: CLIENT['x-functions-key'] }, history: { operator: KEY } };
  writeFileSync(keys, JSON.stringify({ master: 'the-master-key', host: {}, functions }));
  stack = await startStack({ fleet: { activationMs: 0, standingBy: 5 } });
  broker = await stack.startBroker({ keys });
  await play();
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  await stack.stop();
  folder.remove();
});

/** 36 sessions for 30 servers. */
async function play(): Promise<void> {
  for (let session = 0; session < 36; session += 1) {
    const first = session % 2 === 0 ? 'West Europe' : 'Japan East';
    const latencies = [
      { location: first, ms: 20 },
      { location: MARKUP, ms: 30 },
    ];
    latest = randomUUID();
    const answer = await allocate(broker, { sessionId: latest, gameMode: 'duel', latencies }, CLIENT);
    if (answer.status === 503) counted.refused += 1;
    if (answer.status !== 201) continue;
    counted.created += 1;
    const region = String(json(answer)['region']);
    if (region === first) counted.first += 1;
    counted.byRegion.set(region, (counted.byRegion.get(region) ?? 0) + 1);
  }
}

const url = (): string => `${broker.url}/api/ops`;

async function opened(): Promise<Watched> {
  const watched = await browser.open();
  await watched.page.goto(url());
  await watched.page.fill('#key', KEY);
  await watched.page.press('#key', 'Enter');
  await watched.page.locator('#tiles dd').first().waitFor();
  // From here on nothing has an excuse.
  watched.complaints.length = 0;
  return watched;
}

/** A table's cells by its rows' headings. */
async function cells(table: Locator): Promise<Record<string, string[]>> {
  const rows = await table.locator('tbody tr').all();
  return Object.fromEntries(
    await Promise.all(
      rows.map(
        async (row) =>
          [await row.locator('th').innerText(), await row.locator('td').allInnerTexts()] as const,
      ),
    ),
  );
}

it('asks for the key, refuses a wrong one, and keeps the right one for the tab alone', async () => {
  const { page, complaints, requests } = await browser.open();
  await page.goto(url());
  await page.locator('#key').waitFor();
  expect(await page.locator('#key-error').innerText()).toBe('');
  await page.fill('#key', CLIENT['x-functions-key']);
  await page.press('#key', 'Enter');
  await page.getByText('This key was not accepted. Is it a key of the function history?').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('key');
  await page.fill('#key', KEY);
  await page.press('#key', 'Enter');
  await page.locator('#tiles dd').first().waitFor();
  await page.reload();
  await page.locator('#tiles dd').first().waitFor();
  expect(
    await page.evaluate(() => [localStorage.length, document.cookie, Object.values(sessionStorage)]),
  ).toEqual([...[0, '', [KEY]]]);
  await page.getByRole('button', { name: 'Forget key' }).click();
  await page.locator('#key').waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  expect(complaints).toEqual([UNAUTHORISED, UNAUTHORISED]);
  expect(requests.filter((each) => each.includes(KEY))).toEqual([]);
  await page.close();
});

it('shows what the callers counted', async () => {
  const { page, complaints, requests } = await opened();
  expect([counted.created, counted.refused]).toEqual([30, 6]);
  const tiles = await page.locator('#tiles dd:not(.note)').allInnerTexts();
  const rate = `${((100 * counted.first) / 30).toFixed(1)} %`;
  expect(tiles.slice(0, 4)).toEqual(['36', '30', rate, '6']);
  expect(await page.locator('#outcomes-legend li').allInnerTexts()).toEqual([
    'allocated\n30',
    'no-capacity\n6',
  ]);

  // The chart's text alternative has the same totals as the chart, minute by minute.
  const minutes = await page.locator('#outcomes-table tbody tr').all();
  const sums = [0, 0];
  for (const minute of minutes) {
    const values = await minute.locator('td').allTextContents();
    values.forEach((value, index) => (sums[index] = (sums[index] ?? 0) + Number(value)));
  }
  expect(sums).toEqual([30, 6]);
  expect(await page.locator('#outcomes-plot').getAttribute('aria-label')).toBe(
    'Bars: allocated 30, no-capacity 6.',
  );
  expect(await page.locator('#outcomes-plot canvas').count()).toBe(1);

  const misses = await cells(page.locator('#misses-bars table'));
  const hosts = Object.entries(misses).map(([location, [, count]]) => [location.trim(), Number(count)]);
  expect(Object.fromEntries(hosts)).toEqual(Object.fromEntries(counted.byRegion));
  const first = await cells(page.locator('#first-bars table'));
  expect(Object.values(first).map(([, met]) => Number(met))).toEqual([5, 5]);
  expect(complaints).toEqual([]);
  expect([...new Set(requests.map((each) => new URL(each).origin))]).toEqual([broker.url]);
  await page.close();
});

it.each([
  ['light', ['47,143,111', '217,154,27']],
  ['dark', ['69,171,136', '224,171,61']],
] as const)('draws each outcome in its colour in %s', async (colorScheme, colours) => {
  const { page } = await opened();
  await page.emulateMedia({ colorScheme });
  const canvas = page.locator('#outcomes-plot canvas');
  const drawn = await until(`a chart in ${colorScheme}`, async () => {
    const pixels = await canvas.evaluate(coloursOf);
    return pixels.some((pixel) => isNear(pixel, colours[0])) ? pixels : undefined;
  });
  expect(colours.filter((colour) => !drawn.some((pixel) => isNear(pixel, colour)))).toEqual([]);
  await page.close();
});

/** The edge of a thin bar is smoothed: of two minutes' attempts it may have no pixel of its very colour. */
function isNear(pixel: string, colour: string): boolean {
  const [one, other] = [pixel, colour].map((text) => text.split(',').map(Number));
  return one?.every((value, channel) => Math.abs(value - (other?.[channel] ?? Infinity)) <= 2) === true;
}

/** Runs in the page. */
function coloursOf(canvas: Element): string[] {
  const { width, height } = canvas as HTMLCanvasElement;
  const context = (canvas as HTMLCanvasElement).getContext('2d');
  const { data = [] } = context?.getImageData(0, 0, width, height) ?? {};
  const colours = new Set<string>();
  for (let index = 0; index < data.length; index += 4)
    colours.add([...data.slice(index, index + 3)].join(','));
  return [...colours];
}

it('narrows the table', async () => {
  const { page, complaints } = await opened();
  await page.selectOption('#filter-outcome', 'no-capacity');
  expect(await page.locator('#shown').innerText()).toBe('6 of 6 shown, 36 without the filters');
  expect(new Set(await page.locator('#attempts .outcome').allInnerTexts())).toEqual(new Set(['no-capacity']));
  await page.fill('#filter-session', 'zzz');
  await page.getByText('No attempt of this range passes the filters.').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('36 of 36 shown').waitFor();
  expect(await page.locator('#filter-fleet option').allInnerTexts()).toEqual(['all', 'sessionhosts']);
  expect(complaints).toEqual([]);
  await page.close();
});

it('shows the details of an attempt, by keyboard, and every text as text', async () => {
  const { page, complaints } = await opened();
  const row = page.locator('#attempts tbody tr').first();
  await row.getByRole('button').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  const text = await dialog.innerText();
  expect(text).toContain('No server is free: the caller got 503 no-capacity, and may repeat it.');
  expect(text).toContain(latest);
  expect(text).toContain('Japan East');
  expect(text).toMatch(/Upstream status\s+503/);
  expect(text).toContain('2 measurements by 1 of 1 player');
  expect(text).toContain(MARKUP);
  expect(await page.locator('img').count()).toBe(0);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(await row.getByRole('button').evaluate((button) => button === document.activeElement)).toBe(true);

  await page.fill('#filter-session', latest.slice(0, 8));
  await page.getByRole('button', { name: 'Whole session' }).click();
  await page.getByText('Enter the whole id of the session: 32 digits, with or without hyphens.').waitFor();
  await page.fill('#filter-session', `{${latest.replaceAll('-', '').toUpperCase()}}`);
  await page.keyboard.press('Enter');
  await dialog.getByText('Attempt 1 of 1').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

it.each(['light', 'dark'] as const)('is readable in %s at 400 px', async (colorScheme) => {
  const { page, complaints } = await opened();
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width: 400, height: 800 });
  const { width, background, text } = await page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return { width: document.documentElement.scrollWidth, background: backgroundColor, text: color };
  });
  expect(width).toBe(400);
  expect([background, text]).toEqual(
    colorScheme === 'light'
      ? ['rgb(244, 246, 247)', 'rgb(22, 33, 43)']
      : ['rgb(15, 21, 25)', 'rgb(228, 234, 238)'],
  );
  expect(
    await page.locator('#attempts tbody tr').first().locator('th, td').filter({ visible: true }).count(),
  ).toBe(4);
  expect(complaints).toEqual([]);
  await page.close();
});

describe('with a history that the test makes up', () => {
  type Answer = (search: URLSearchParams) => { readonly status?: number; readonly body: object };

  async function withAnswers(answer: Answer): Promise<Page> {
    const { page } = await browser.open();
    await page.route('**/api/v1/history**', (route) => {
      const { pathname, searchParams } = new URL(route.request().url());
      const beside = new Map<string, object>([
        ['ready', { status: 'ready', checks: ALL_WELL }],
        ['requests', { intervalSeconds: 60, intervals: [] }],
        ['stock', NO_STOCK],
      ]).get(pathname.split('/').at(-1) ?? '');
      const { status = 200, body } = beside === undefined ? answer(searchParams) : { body: beside };
      return route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
    });
    await page.goto(url());
    return page;
  }

  const now = (): string => new Date(Date.now() - 1_000).toISOString();

  it('says that nothing happened', async () => {
    const page = await withAnswers(() => ({ body: { attempts: [] } }));
    await page.getByRole('heading', { name: 'No attempts in this time' }).waitFor();
    expect(await page.locator('#data-view').isVisible()).toBe(false);
    await page.close();
  });

  it('says what failed, keeps what it has, and recovers with an update', async () => {
    let failing = false;
    const page = await withAnswers(() =>
      failing
        ? { status: 503, body: { detail: 'The history could not be read.', instance: 'i-42' } }
        : { body: { attempts: [attempt({ claimedAt: now(), closedAt: now() })] } },
    );
    await page.locator('#tiles dd').first().waitFor();
    failing = true;
    await page.getByRole('button', { name: 'Update now' }).click();
    const problem = page.getByText(
      'The history could not be loaded. The history could not be read. (invocation i-42) What is shown is of ',
    );
    await problem.waitFor();
    expect(await page.locator('#tiles').isVisible()).toBe(true);
    // How it stands is not known any more, and since when is.
    expect(await page.locator('#now-title').innerText()).toMatch(/^Not known since \d\d:\d\d:\d\d UTC$/);
    failing = false;
    await page.getByRole('button', { name: 'Update now' }).click();
    await problem.waitFor({ state: 'hidden' });
    expect(await page.locator('#now-title').innerText()).toBe('Allocating');
    await page.close();
  });
});

/** Scenes that the test makes up, read by the code that the function `history` reads with. */
describe('the first thing that it says', () => {
  const MINUTE_MS = 60_000;

  async function opens(
    scene: (nowMs: number) => Omit<BusyOptions, 'sinceMs' | 'untilMs'>,
    checks = ALL_WELL,
    requests: readonly RequestInterval[] = [],
  ) {
    const nowMs = Date.now();
    const scan = new BusyHistory({
      sinceMs: nowMs - 90 * MINUTE_MS,
      untilMs: nowMs + MINUTE_MS,
      ...scene(nowMs),
    });
    const { page } = await browser.open();
    await routeHistory(page, { scan, checks, requests });
    await page.goto(url());
    await page.locator('#now h2').filter({ hasText: /./ }).waitFor();
    const band = { kind: await page.locator('#now').getAttribute('data-kind') };
    const texts = await page.locator('#now-title, #now-text, #now-cause').allInnerTexts();
    return { page, scan, nowMs, band, texts: texts.map((text) => text.trim()) };
  }

  it('is that servers are given out', async () => {
    const { page, band, texts } = await opens(() => ({ perSecond: 1, outcomeAt: () => 'allocated' }));
    expect([band.kind, texts[0]]).toEqual(['allocating', 'Allocating']);
    expect(texts[1]).toMatch(/^(\d+) of \1 attempts of the last 5 minutes got a server\.$/);
    expect(await page.title()).toBe('Allocating · Allocations');
    await page.close();
  });

  it('is an outage of half a minute, since when, and its likely cause, though the hour was good', async () => {
    const { page, nowMs, band, texts } = await opens((now) => ({
      perSecond: 1,
      outcomeAt: (atMs) => (atMs > now - 30_000 ? 'upstream-failed' : 'allocated'),
    }));
    expect(band.kind).toBe('failing');
    const since = /^No server given out since (\d\d:\d\d:\d\d) UTC$/.exec(texts[0] ?? '')?.[1] ?? '';
    const beganMs = Date.parse(`${new Date(nowMs - 29_000).toISOString().slice(0, 11)}${since}Z`);
    expect(Math.abs(beganMs - (nowMs - 29_000))).toBeLessThan(2_000);
    expect(texts[2]).toBe(
      "Likely cause: The fleet's API fails with status 503. What to do: docs/operating.md, \u201cThe fleet is slow or broken\u201d.",
    );
    await page.close();
  });

  it('is what the broker itself says is wrong', async () => {
    const message = 'no token from the managed identity (400)';
    const checks = [...ALL_WELL.slice(0, 2), { name: 'token', ok: false, message }];
    const { page, texts } = await opens(
      () => ({ perSecond: 1, outcomeAt: () => 'upstream-rejected' }),
      checks,
    );
    expect(texts[0]).toMatch(/^No server given out since \d\d:\d\d:\d\d UTC or earlier$/);
    expect(texts[2]).toContain(`Likely cause: token: ${message}`);
    expect(await page.locator('#now-checks li').allInnerTexts()).toEqual([
      expect.stringContaining('settings'),
      expect.stringContaining('tables'),
      expect.stringMatching(/token failed\s+no token from the managed identity/),
    ]);
    await page.close();
  });

  it.each([1, 0])(
    'is a wave of refusals, which leave no attempt (%d attempts a second beside it)',
    async (perSecond) => {
      const minute = new Date(Math.floor(Date.now() / MINUTE_MS - 1) * MINUTE_MS).toISOString();
      const answers = {
        allocated: { requests: 60, ms: { 426: 60 } },
        'quota-exceeded': { requests: 40, ms: { 7: 40 } },
      };
      const { page, texts, band } = await opens(
        () => ({ perSecond, outcomeAt: () => 'allocated' }),
        ALL_WELL,
        [{ at: minute, answers }],
      );
      expect([band.kind, ...texts.slice(0, 2)]).toEqual([
        'struggling',
        'Refusing requests',
        'Of 100 requests of the last 5 minutes: 40.0 % quota-exceeded.',
      ]);
      expect(await cells(page.locator('#requests-bars table'))).toEqual({
        allocated: ['60', '60.0 %', '426 ms', '426 ms'],
        'quota-exceeded': ['40', '40.0 %', '7 ms', '7 ms'],
      });
      await page.close();
    },
  );

  it('is no wave of refusals where clients ask once more for sessions that were ended', async () => {
    const minute = new Date(Math.floor(Date.now() / MINUTE_MS - 1) * MINUTE_MS).toISOString();
    const answers = {
      allocated: { requests: 60, ms: { 426: 60 } },
      'session-ended': { requests: 40, ms: { 7: 40 } },
    };
    const { page, texts, band } = await opens(
      () => ({ perSecond: 1, outcomeAt: () => 'allocated' }),
      ALL_WELL,
      [{ at: minute, answers }],
    );
    expect([band.kind, texts[0]]).toEqual(['allocating', 'Allocating']);
    // What players saw has them all the same.
    expect(await cells(page.locator('#requests-bars table'))).toEqual({
      allocated: ['60', '60.0 %', '426 ms', '426 ms'],
      'session-ended': ['40', '40.0 %', '7 ms', '7 ms'],
    });
    await page.close();
  });

  it('is as true for a million attempts an hour, of which it reads a sample', async () => {
    const { page, scan, band, texts } = await opens((now) => ({
      ...{ perSecond: 278, delayMs: 8 },
      outcomeAt: (atMs, random) =>
        atMs > now - 20 * MINUTE_MS && atMs < now - 10 * MINUTE_MS
          ? 'upstream-failed'
          : random < 0.01
            ? 'no-capacity'
            : 'allocated',
    }));
    expect([band.kind, texts[0]]).toEqual(['allocating', 'Allocating']);
    expect(scan.requests).toBeLessThan(260);
    expect(await page.locator('#sampled').innerText()).toMatch(
      /^Estimated: of about [\d,]+ attempts, 4,\d{3} were read/,
    );
    const [attempts = '', allocated = ''] = await page.locator('#tiles dd.note').allInnerTexts();
    expect(attempts).toBe('estimated');
    // 10 of 60 minutes without, and 1 % of the rest: far from the 5 % that the state now would speak of.
    expect(Math.abs(Number.parseFloat(allocated) - 82.5)).toBeLessThan(2.5);
    const failed = page.locator('#outcomes-legend li', { hasText: 'upstream-failed' });
    expect(await failed.count()).toBe(1);
    // An update reads what is new, not the hour.
    const before = scan.requests;
    await page.getByRole('button', { name: 'Update now' }).click();
    await page.getByText(/read, updated at/).waitFor();
    expect(scan.requests - before).toBeLessThan(20);
    await page.close();
  }, 60_000);
});

it.each([
  ['light', 1_280],
  ['dark', 400],
] as const)('has no fault that axe knows, in %s at %d px', async (colorScheme, width) => {
  const { page } = await opened();
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  expect(await faultsOf(page)).toEqual([]);
  await page.locator('#attempts tbody tr').first().getByRole('button').click();
  await page.getByRole('dialog').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.close();
});

describe('its address', () => {
  it('leads back to the range, the filters and an attempt, by reload and by back', async () => {
    const { page, complaints } = await opened();
    await page.selectOption('#range', '360');
    await page.getByText('36 of 36 shown').waitFor();
    await page.selectOption('#filter-outcome', 'no-capacity');
    await page.locator('#attempts tbody tr').first().getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    const address = new URL(page.url());
    expect(address.search).toBe('');
    expect(address.hash).toBe(
      `#minutes=360&outcome=no-capacity&session=${latest}&attempt=${new URLSearchParams(address.hash).get('attempt') ?? ''}`,
    );
    await page.reload();
    await dialog.getByText('No server is free').waitFor();
    expect(await page.locator('#shown').innerText()).toBe('6 of 6 shown, 36 without the filters');
    expect([
      await page.locator('#range').inputValue(),
      await page.locator('#filter-outcome').inputValue(),
    ]).toEqual(['360', 'no-capacity']);
    await page.goBack();
    await dialog.waitFor({ state: 'hidden' });
    expect(new URL(page.url()).hash).toBe('#minutes=360&outcome=no-capacity');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('leads to a whole session, and the page can be held at a moment', async () => {
    const { page } = await opened();
    await page.goto(`${url()}#session=${latest}`);
    await page.getByRole('dialog').getByText('Attempt 1 of 1').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.getByText(/^Held at /).waitFor();
    const held = page.url();
    expect(held).toMatch(/#until=20/);
    await page.reload();
    await page.getByText('36 of 36 shown').waitFor();
    expect([page.url(), await page.locator('#interval').isDisabled()]).toEqual([held, true]);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('#now:not([data-kind="held"])').waitFor();
    await page.close();
  });
});

describe('the servers by location', () => {
  it('are a table where the fleet says so, and lines where it does not', async () => {
    const { page, complaints } = await browser.open();
    const nowMs = Date.now();
    const scan = new BusyHistory({
      sinceMs: nowMs,
      untilMs: nowMs,
      perSecond: 0,
      outcomeAt: () => 'allocated',
    });
    await routeHistory(page, {
      scan,
      stock: {
        at: '2026-11-22T08:15:30.000Z',
        entries: [
          {
            fleet: 'playfab',
            gameModes: ['duel', 'ranked'],
            status: 'known',
            locations: [
              { region: 'West US', servers: { standingBy: 0, active: 1_234, propping: 2 } },
              { region: MARKUP },
            ],
          },
          { fleet: 'playfab', gameModes: ['raid'], status: 'failed', reason: 'GetBuild answered 500.' },
          { fleet: 'sessionhosts', gameModes: ['old'], status: 'not-offered' },
        ],
      },
    });
    await page.goto(url());
    const view = page.locator('#stock-view');
    await view.locator('table').waitFor();
    expect(await cells(view.locator('table'))).toEqual({
      'West US': ['0', '1,234', '2'],
      [MARKUP]: ['not said', 'not said', 'not said'],
    });
    expect(await view.locator('h3').allInnerTexts()).toEqual(['playfab, duel, ranked']);
    expect(await view.locator('p').allInnerTexts()).toEqual([
      'Asked at 08:15:30 UTC.',
      'playfab, raid: not known. GetBuild answered 500.',
      'sessionhosts, old: this fleet does not say which servers it has.',
    ]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('are not asked for while the range stands still', async () => {
    const { page, requests } = await opened();
    const line = 'this fleet does not say which servers it has.';
    await page.locator('#stock-view').getByText(line).waitFor();
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.locator('#now[data-kind="held"]').waitFor();
    expect(await page.locator('#stock-view').isVisible()).toBe(false);
    const asked = requests.filter((each) => each.endsWith('/history/stock')).length;
    // Asked for at the same time as the stock would be.
    const beside = page.waitForResponse((response) => response.url().includes('/history/requests'));
    await page.getByRole('button', { name: 'Update now' }).click();
    await beside;
    expect(requests.filter((each) => each.endsWith('/history/stock'))).toHaveLength(asked);
    await page.close();
  });
});

describe('what can be taken away', () => {
  it('is a story as text, and what passes the filters as CSV and JSON', async () => {
    const { page } = await opened();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: broker.url });
    await page.selectOption('#filter-outcome', 'no-capacity');
    const saved = async (name: string): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).click(),
      ]);
      expect(file.suggestedFilename()).toMatch(/^attempts-\d{4}-\d\d-\d\dT\d{6}Z\.(csv|json)$/);
      return readFileSync(await file.path(), 'utf8');
    };
    const csv = (await saved('CSV')).trimEnd().split('\r\n');
    expect([csv.length, csv[0]?.startsWith('claimedAt,closedAt,sessionId')]).toEqual([7, true]);
    const json = JSON.parse(await saved('JSON')) as { sessionId: string; outcome: string }[];
    expect([json.length, json[0]?.sessionId, json[0]?.outcome]).toEqual([6, latest, 'no-capacity']);
    await page.locator('#attempts tbody tr').first().getByRole('button').click();
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await page.getByText('Copied').waitFor();
    const story = await page.evaluate(() => navigator.clipboard.readText());
    expect(story).toContain(`Session ${latest}\n\nAttempt 1 of 1, `);
    expect(story).toContain('\nOutcome: no-capacity\n');
    await page.close();
  });
});

it('needs no key where the host asks for none, and adds what the players do meanwhile', async () => {
  const open = await stack.startBroker();
  const { page, complaints, requests } = await browser.open();
  await page.goto(`${open.url}/api/ops`);
  await page.getByText('36 of 36 shown').waitFor();
  expect(await page.getByRole('button', { name: 'Forget key' }).isVisible()).toBe(false);

  await stack.fleet.control.setPools(Object.fromEntries(LOCAL_LOCATIONS.map((name) => [name, 500])));
  const { created, firstPreference } = await players(open.url, '--rate', '10', '--seconds', '4');
  expect(created).toBeGreaterThan(20);
  const since = requests.length;
  await page.getByRole('button', { name: 'Update now' }).click();
  await page
    .locator('#outcomes-legend')
    .getByText(String(30 + created), { exact: true })
    .waitFor();
  const first = { count: counted.first + firstPreference.got, of: 30 + created };
  expect(await page.locator('#tiles dd:not(.note)').nth(2).innerText()).toBe(
    `${((100 * first.count) / first.of).toFixed(1)} %`,
  );
  // An update reads what may have changed, not the whole hour again.
  expect(new URL(requests[since] ?? '').searchParams.get('since')).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(complaints).toEqual([]);
  await page.close();
}, 120_000);
