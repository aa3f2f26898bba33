/** What PlayFab's figures come to, in odd shapes too. */
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { FleetStock } from '../../../../lib/fleets/fleet.ts';
import { createPlayFabFleet } from '../../../../lib/fleets/playFab/playFabFleet.ts';
import { staticTokenSource } from '../../../../lib/fleets/sessionHosts/tokenSource.ts';
import { transport } from '../transport.ts';

const BUILD = '9a8a4584-c81a-479c-9ef9-16d3743f7ca7';
const OTHER = '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11';
const ALIAS = '7c1e8f00-3b52-4f6e-9a31-5d0c2b7e4a66';

const stockOver = (httpClient: HttpClient, target = BUILD): Promise<FleetStock | undefined> => {
  const fleet = createPlayFabFleet({
    settings: { endpoint: 'https://a1b2c.playfabapi.com', secretKey: 'the-key', hostName: 'fqdn' },
    tokenSource: staticTokenSource('the-token'),
    httpClient,
  });
  return Promise.resolve(fleet.stock?.(target, AbortSignal.timeout(20_000)));
};

const stats = (StandingBy: unknown, Active: unknown, Propping: unknown): object => ({
  StandingBy,
  Active,
  Propping,
  Total: 99,
});
const build = (...regions: unknown[]): object => ({
  code: 200,
  status: 'OK',
  data: { BuildId: BUILD, BuildName: 'words-of-the-upstream', RegionConfigurations: regions },
});

it('is what GetBuild counts, region by region, for one call with the token', async () => {
  const client = transport(
    build(
      { Region: 'WestUs', MaxServers: 40, CurrentServerStats: stats(4, 31, 2) },
      { Region: 'NorthEurope', CurrentServerStats: stats(0, 0, 0) },
    ),
  );
  expect(await stockOver(client)).toEqual({
    kind: 'known',
    locations: [
      { region: 'WestUs', servers: { standingBy: 4, active: 31, propping: 2 } },
      { region: 'NorthEurope', servers: { standingBy: 0, active: 0, propping: 0 } },
    ],
  });
  const [sent, ...more] = client.requests;
  expect([sent?.method, sent?.url, sent?.headers.get('x-entitytoken'), sent?.body, more]).toEqual([
    'POST',
    'https://a1b2c.playfabapi.com/MultiplayerServer/GetBuild',
    'the-token',
    JSON.stringify({ BuildId: BUILD }),
    [],
  ]);
});

it('has no figures where PlayFab has none, and no region where the build is deployed nowhere', async () => {
  const regions = [{ Region: 'WestUs' }, { Region: 'EastUs', CurrentServerStats: null }];
  expect(await stockOver(transport(build(...regions)))).toEqual({
    kind: 'known',
    locations: [{ region: 'WestUs' }, { region: 'EastUs' }],
  });
  expect(await stockOver(transport(build()))).toEqual({ kind: 'known', locations: [] });
});

it('is the sum of the builds that an alias sends sessions to', async () => {
  const answers: Readonly<Record<string, unknown>> = {
    [JSON.stringify({ AliasId: ALIAS })]: {
      code: 200,
      data: {
        BuildSelectionCriteria: [{ BuildWeightDistribution: { [BUILD]: 90, [OTHER]: 10, retired: 0 } }],
      },
    },
    [JSON.stringify({ BuildId: BUILD })]: build(
      { Region: 'WestUs', CurrentServerStats: stats(4, 31, 2) },
      { Region: 'EastUs' },
    ),
    [JSON.stringify({ BuildId: OTHER })]: build(
      { Region: 'WestUs', CurrentServerStats: stats(1, 2, 3) },
      { Region: 'EastUs', CurrentServerStats: stats(5, 0, 0) },
    ),
  };
  const client: HttpClient = {
    sendRequest: (request) => transport(answers[request.body as string], 200).sendRequest(request),
  };
  expect(await stockOver(client, `alias:${ALIAS}`)).toEqual({
    kind: 'known',
    locations: [
      { region: 'WestUs', servers: { standingBy: 5, active: 33, propping: 5 } },
      { region: 'EastUs', servers: { standingBy: 5, active: 0, propping: 0 } },
    ],
  });
});

describe('is not known, and says why without upstream text, where', () => {
  const SCHEMA = "The answer of PlayFab's GetBuild is not of its schema.";
  it.each<[string, unknown]>([
    ['the answer is not JSON', 'words-of-the-upstream'],
    ['it is a list', []],
    ['it has no data', { code: 200 }],
    ['an error comes in a 200', { ...build(), code: 500 }],
    ['the regions are no list', { code: 200, data: { RegionConfigurations: { WestUs: {} } } }],
    ['a region is null', build(null)],
    ['a region has no name', build({ CurrentServerStats: stats(1, 1, 1) })],
    ['a region is markup', build({ Region: '<img src=x>', CurrentServerStats: stats(1, 1, 1) })],
    ['a count is missing', build({ Region: 'WestUs', CurrentServerStats: { Active: 1, StandingBy: 1 } })],
    ['a count is text', build({ Region: 'WestUs', CurrentServerStats: stats('4', 1, 1) })],
    ['a count is below zero', build({ Region: 'WestUs', CurrentServerStats: stats(-1, 1, 1) })],
    ['a count is a fraction', build({ Region: 'WestUs', CurrentServerStats: stats(1.5, 1, 1) })],
  ])('%s', async (_what, answer) => {
    expect(await stockOver(transport(answer))).toEqual({ kind: 'failed', reason: SCHEMA });
  });

  it.each([
    [
      401,
      'GetBuild of PlayFab answered 401: check that PLAYFAB_SECRET_KEY is of PLAYFAB_TITLE_ID.',
      // With another token, once.
      2,
    ],
    [
      403,
      'GetBuild of PlayFab answered 403: check that the API policy of the title lets the title itself read its builds.',
      1,
    ],
    [404, 'GetBuild of PlayFab answered 404: check the buildId or buildAliasId in BROKER_GAME_MODES.', 1],
    [429, 'GetBuild of PlayFab answered 429: PlayFab limits how often it may be asked.', 1],
    [500, 'GetBuild of PlayFab answered 500.', 1],
    [204, 'GetBuild of PlayFab answered 204.', 1],
  ])('PlayFab answers %i', async (status, reason, calls) => {
    const client = transport({ code: status, errorMessage: 'words-of-the-upstream' }, status);
    expect(await stockOver(client)).toEqual({ kind: 'failed', reason });
    expect(client.requests).toHaveLength(calls);
  });

  it('an alias cannot be read', async () => {
    expect(await stockOver(transport(build()), `alias:${ALIAS}`)).toEqual({
      kind: 'failed',
      reason: "The answer of PlayFab's GetBuildAlias is not of its schema.",
    });
  });

  it('the connection is lost', async () => {
    const client: HttpClient = { sendRequest: () => Promise.reject(new Error('words-of-the-upstream')) };
    expect(await stockOver(client)).toEqual({
      kind: 'failed',
      reason: 'GetBuild of PlayFab gave no answer (connection-lost).',
    });
  });
});
