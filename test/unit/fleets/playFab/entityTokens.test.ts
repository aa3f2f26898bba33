import type { HttpClient } from '@azure/core-rest-pipeline';
import type { PlayFabSettings } from '../../../../lib/config/settings.ts';
import { entityTokenSource } from '../../../../lib/fleets/playFab/entityTokens.ts';
import { transport } from '../transport.ts';

const SETTINGS: PlayFabSettings = {
  endpoint: 'https://A1B2C.playfabapi.com',
  titleId: 'A1B2C',
  secretKey: 'the-key',
  hostName: 'fqdn',
  builds: new Map(),
};
const signal = () => AbortSignal.timeout(20_000);
const NOW = Date.parse('2026-11-22T08:00:00Z');
let nowMs: number;

beforeEach(() => {
  nowMs = NOW;
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterEach(() => jest.restoreAllMocks());

const sourceOver = (httpClient: HttpClient) =>
  entityTokenSource({ settings: SETTINGS, timeoutMs: 8_000, httpClient });
const granting = (members: object) => transport({ code: 200, status: 'OK', data: members });

it('exchanges the secret key for the title’s own token, as the reference has it', async () => {
  const client = granting({ EntityToken: 'token-1', TokenExpiration: '2026-11-23T08:00:00Z' });
  expect(await sourceOver(client).get(signal())).toBe('token-1');
  const [sent] = client.requests;
  expect(sent?.url).toBe('https://a1b2c.playfabapi.com/Authentication/GetEntityToken');
  expect(sent?.headers.get('x-secretkey')).toBe('the-key');
  expect(sent?.body).toBe('{}');
});

it.each([
  ['as long as it says', '2026-11-22T08:30:00Z', 30],
  ['an hour where it does not say', undefined, 60],
  ['an hour where that cannot be read', 'tomorrow', 60],
])('keeps a token %s', async (_, TokenExpiration, minutes) => {
  const client = granting({ EntityToken: 'token-1', TokenExpiration });
  const source = sourceOver(client);
  await source.get(signal());
  nowMs = NOW + (minutes - 5) * 60_000 - 1;
  await source.get(signal());
  expect(client.requests).toHaveLength(1);
  // Five minutes before its end it is renewed beside the call.
  nowMs += 1;
  await source.get(signal());
  expect(client.requests).toHaveLength(2);
});

it('sends the key nowhere over plain http but to this machine', () => {
  const settings = { ...SETTINGS, endpoint: 'http://fleet.example' };
  expect(() => entityTokenSource({ settings, timeoutMs: 8_000 })).toThrow(/PLAYFAB_ENDPOINT/);
});
