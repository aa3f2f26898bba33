import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { findBroker, NoTokenError } from '../../../../local/players/broker.ts';
import { play, type PlayedCall } from '../../../../local/players/play.ts';

const STACK = { pid: 1, url: 'http://127.0.0.1:7199', functionKey: 'key of the stack' };
const FLAGS = { gameMode: 'duel' };

test.each<[string, Parameters<typeof findBroker>, string]>([
  ['the flag', [{ ...FLAGS, url: 'http://a' }, { PORT: '7300' }, STACK], 'http://a'],
  ['PORT', [FLAGS, { PORT: '7300' }, STACK], 'http://127.0.0.1:7300'],
  ['the stack that runs here', [FLAGS, {}, STACK], 'http://127.0.0.1:7199'],
  ['the usual place', [FLAGS, {}, undefined], 'http://127.0.0.1:7071'],
])('the broker is found by %s', (_how, parts, expected) => {
  expect(findBroker(...parts).url).toBe(expected);
});

test.each<[string, Parameters<typeof findBroker>, object]>([
  ["the stack's key", [FLAGS, {}, STACK], { functionKey: 'key of the stack' }],
  ['none of it for another broker', [{ ...FLAGS, url: 'http://a' }, {}, STACK], {}],
  [
    'what the environment says',
    [FLAGS, { BROKER_FUNCTION_KEY: 'k', BROKER_TOKEN: 't' }, STACK],
    { functionKey: 'k', bearerToken: 't' },
  ],
  [
    'what the flags say before all',
    [{ ...FLAGS, functionKey: 'f', token: 'g' }, { BROKER_FUNCTION_KEY: 'k', BROKER_TOKEN: 't' }, STACK],
    { functionKey: 'f', bearerToken: 'g' },
  ],
])('the client gets %s', (_what, parts, expected) => {
  const { url, clientFor } = findBroker(...parts);
  expect(clientFor('s-1')).toEqual({ baseUrl: url, ...expected });
});

test('where the stack signs tokens, each session has its own', async () => {
  const server = createServer((request, response) => response.end(`token for ${request.url}\n`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { getToken } = findBroker(FLAGS, {}, { pid: 1, url: 'http://127.0.0.1:7071', issuer }).clientFor(
    's-1',
  );
  expect(await getToken?.()).toBe('token for /token?session=s-1&mode=duel');
  server.close();
});

test('an issuer that is gone is an outcome of the call', async () => {
  const stack = { pid: 1, url: 'http://127.0.0.1:7071', issuer: 'http://127.0.0.1:1/' };
  const { clientFor } = findBroker(FLAGS, {}, stack);
  await expect(clientFor('s-1').getToken?.()).rejects.toThrow(NoTokenError);
  const played: PlayedCall[] = [];
  await play([{ atMs: 0, request: { sessionId: 's-1', gameMode: 'duel' }, repeats: false }], {
    clientFor,
    deadlineMs: 60_000,
    signal: new AbortController().signal,
    onPlayed: (call) => played.push(call),
  });
  expect(played.map(({ outcome }) => outcome)).toEqual(['no-token']);
});
