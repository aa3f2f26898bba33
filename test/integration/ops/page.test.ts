/** The operators' page as it is served, without a browser: who may load it, and what it may do. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stack, startStack } from '../../../local/stack.ts';
import { type Reply, send } from '../../support/e2e/httpClient.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
let stack: Stack;
let page: Reply;

beforeAll(async () => {
  const keys = join(folder.path, 'keys.json');
  writeFileSync(keys, JSON.stringify({ master: 'the-master-key', host: {}, functions: {} }));
  stack = await startStack();
  const broker = await stack.startBroker({ keys });
  page = await send(`${broker.url}/api/ops`);
});

afterAll(async () => {
  await stack.stop();
  folder.remove();
});

const sha256 = (tag: string): string => {
  const [, text = ''] = page.text.split(new RegExp(`<${tag}>|</${tag}>`));
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
};

it('is served without a key, and holds no data', () => {
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers).toMatchObject({
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  expect(page.text).toContain('<table id="attempts">');
});

it('lets nothing run but its own script and style, and talks to its own origin alone', () => {
  expect(page.headers['content-security-policy']).toBe(
    `default-src 'none'; script-src ${sha256('script')}; style-src ${sha256('style')}; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  );
});

it('is one file', () => {
  expect(page.text).not.toMatch(/<script[^>]+src=|<link[^>]+stylesheet|@import|sourceMappingURL/);
  const [markup = ''] = page.text.split('<script>');
  expect([...markup.matchAll(/(?:href|src)="([^"]{5})/g)].map(([, start]) => start)).toEqual([
    'data:',
    '#main',
  ]);
});
