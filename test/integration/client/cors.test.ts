/** What a browser asks before a page of another origin may call the broker (Fetch standard, "CORS protocol"). */
import { type Stack, startStack } from '../../../local/stack.ts';

const ORIGIN = 'http://localhost:5173';

let stack: Stack;
let url: string;

beforeAll(async () => {
  stack = await startStack();
  url = `${(await stack.startBroker({ cors: ORIGIN })).url}/api/v1/allocations`;
});

afterAll(() => stack.stop());

const preflight = (origin: string): Promise<Response> =>
  fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,prefer,x-functions-key',
    },
  });

test('a page of an allowed origin may send what the client sends', async () => {
  const { status, headers } = await preflight(ORIGIN);
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(headers.get('access-control-allow-methods')).toBe('POST');
  expect(headers.get('access-control-allow-headers')).toBe('content-type,prefer,x-functions-key');
});

test('another may not', async () => {
  expect((await preflight('https://elsewhere.test')).headers.get('access-control-allow-origin')).toBeNull();
});
