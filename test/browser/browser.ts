import { type BrowserContext, type Page, chromium } from 'playwright-core';
import { browserPath } from '../support/browserPath.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** A page, and all that it said and asked for. */
export interface Watched {
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  readonly complaints: string[];
  readonly requests: string[];
}

export interface TestBrowser {
  open(): Promise<Watched>;
  close(): Promise<void>;
}

/** Nothing that the browser does by itself leaves the machine. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser of this machine with a new, empty profile. */
export async function launch(): Promise<TestBrowser> {
  const profile = temporaryFolder();
  const executablePath = browserPath ?? '';
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath,
    headless: true,
    args: FLAGS,
  });
  return {
    open: () => watch(context),
    async close() {
      await context.close();
      profile.remove();
    },
  };
}

async function watch(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  return { page, complaints, requests };
}
