/** The served document, and the answers that no other end-to-end test asks for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { json, send } from '../support/e2e/httpClient.ts';

let stack: Stack;
let broker: TestBroker;

beforeAll(async () => {
  stack = await startStack();
  broker = await startBroker(stack);
});

afterAll(() => stack.stop());

test('GET /api/openapi.json serves docs/openapi.json, to everybody', async () => {
  const reply = await send(`${broker.url}/api/openapi.json`);
  expect(reply).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', vary: 'Origin' },
  });
  expect(json(reply)).toEqual(JSON.parse(readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8')));
});

test.each(['/api/health', '/api/ready', '/api/v1/locations', '/api/v1/history', '/api/ops'])(
  'GET %s is as documented',
  async (path) => {
    await expect(send(broker.url + path)).resolves.toMatchObject({ status: 200 });
  },
);

test.each([
  ['/api/health', 200],
  ['/api/ready', 200],
  ['/api/v1/locations', 200],
  ['/api/ops', 200],
  ['/api/openapi.json', 200],
])('HEAD %s is GET without the body', async (path, status) => {
  const [head, get] = [await send(broker.url + path, { method: 'HEAD' }), await send(broker.url + path)];
  expect([head.status, head.text]).toEqual([status, '']);
  // A server may leave out how the body would be sent (RFC 9110, section 9.3.2; RFC 9112, section 6.1).
  const { date: _sent, 'transfer-encoding': _coding, ...headers } = get.headers;
  expect(head.headers).toMatchObject(headers);
});

test('a broker without settings answers as documented', async () => {
  const bare = await startBroker(stack, { settings: { [fleet.settings.required]: undefined } });
  await expect(send(`${bare.url}/api/health`)).resolves.toMatchObject({ status: 200 });
  await expect(send(`${bare.url}/api/ready`)).resolves.toMatchObject({ status: 503 });
  await expect(send(`${bare.url}/api/ready`, { method: 'HEAD' })).resolves.toMatchObject({ status: 503 });
  await expect(send(`${bare.url}/api/v1/locations`)).resolves.toMatchObject({ status: 503 });
});
