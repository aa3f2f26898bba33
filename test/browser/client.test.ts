/** The TypeScript client on a web page of another origin than the broker's, in a real browser. */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { SpawnedHost } from '../../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type TestBrowser, launch } from './browser.ts';

const CLIENT = join(__dirname, '../../clients/typescript/src/index.ts');

/** What a game would do; leaves on the page what came of it. */
const script = (baseUrl: string): string => `
  import { AllocationClient, measureLatencies } from ${JSON.stringify(CLIENT)};
  const client = new AllocationClient({ baseUrl: ${JSON.stringify(baseUrl)} });
  const latencies = await measureLatencies(await client.locations(), { timeoutMs: 5000 });
  const steps = [];
  const host = await client.allocate({ gameMode: 'duel', latencies }, {
    onProgress: ({ kind, reason, replayed }) => steps.push([kind, reason, replayed].filter((x) => x !== undefined).join(' ')),
  });
  const again = await client.allocate({ sessionId: host.sessionId, gameMode: 'duel' });
  const refused = await client.allocate({ sessionId: host.sessionId, gameMode: 'other' }).catch(({ code }) => code);
  document.title = JSON.stringify({ measured: latencies.map(({ location }) => location), host, again, refused, steps });
`;

/** Leaves on the page what a developer reads first of a broker that gives no host. */
const firstMessage = (baseUrl: string): string => `
  import { AllocationClient } from ${JSON.stringify(CLIENT)};
  const client = new AllocationClient({ baseUrl: ${JSON.stringify(baseUrl)} });
  const onProgress = ({ message }) => { if (message !== undefined) document.title = message; };
  await client.allocate({ gameMode: 'duel' }, { onProgress }).catch(({ message }) => { document.title = message; });
`;

let stack: Stack;
let broker: SpawnedHost;
let web: Server;
let browser: TestBrowser;
let html: string;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 50 } });
  web = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(html),
  );
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const at = (protocol: string, port: number): object => ({ protocol, host: '127.0.0.1', port });
  broker = await stack.startBroker({
    cors: address(),
    settings: {
      BROKER_LOCATIONS: JSON.stringify([
        { name: 'West US' },
        { name: 'East US', qos: at('udp', 9) },
        { name: 'Japan East', qos: at('http', Number(new URL(stack.fleet.url).port)) },
      ]),
      BROKER_GAME_MODES: JSON.stringify({ duel: { gameModeId: '2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51' } }),
    },
  });
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  web.close();
  await stack.stop();
});

const address = (): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}`;

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: __dirname, loader: 'js' },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

async function titleOf(contents: string): Promise<string> {
  html = `<!doctype html><script type="module">${await bundle(contents)}</script>`;
  const { page } = await browser.open();
  await page.goto(address());
  await page.waitForFunction(() => document.title !== '');
  return page.title();
}

test('measures what a browser can, gets a host, and is told the same again', async () => {
  const told = JSON.parse(await titleOf(script(broker.url))) as Record<string, unknown>;
  expect(told).toMatchObject({
    // UDP does not exist in browsers: that location is left out.
    measured: ['Japan East'],
    host: { status: 'allocated', region: 'Japan East' },
    refused: 'invalid-request',
    steps: ['asking', 'allocated false'],
  });
  expect(told['again']).toEqual(told['host']);
});

test('a page that the broker does not allow reads what to do, at once', async () => {
  const closed = await stack.startBroker();
  await expect(titleOf(firstMessage(closed.url))).resolves.toBe(
    `No answer from ${closed.url}: the browser does not say why. There is no network, nobody listens there, or the ` +
      `broker does not allow ${address()}, this page's origin (CORS; on your machine: npm start -- --cors ${address()}).`,
  );
});

test('a redirect is not followed, though browsers do not say where it leads', async () => {
  const seen: string[] = [];
  const portal = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.setHeader('access-control-allow-origin', address());
    response.setHeader('access-control-allow-headers', 'content-type,prefer');
    response.writeHead(request.method === 'OPTIONS' ? 204 : 302, { location: '/sign-in' }).end();
  });
  portal.listen(0, '127.0.0.1');
  await once(portal, 'listening');
  const url = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`;
  await expect(titleOf(firstMessage(url))).resolves.toBe(
    `${url} redirects elsewhere, which is not followed. Check the base URL: http or https, and the name.`,
  );
  portal.close();
  portal.closeAllConnections();
  expect(seen.filter((line) => !line.startsWith('OPTIONS'))).toEqual(['POST /api/v1/allocations']);
});
