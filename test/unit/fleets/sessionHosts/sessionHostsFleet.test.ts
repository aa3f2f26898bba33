import type { HttpClient } from '@azure/core-rest-pipeline';
import type { SessionHostsSettings } from '../../../../lib/fleets/sessionHosts/settings.ts';
import type { FleetRequest } from '../../../../lib/fleets/fleet.ts';
import { createSessionHostsFleet } from '../../../../lib/fleets/sessionHosts/sessionHostsFleet.ts';
import { staticTokenSource } from '../../../../lib/fleets/sessionHosts/tokenSource.ts';
import { transport } from '../transport.ts';

const SETTINGS: SessionHostsSettings = {
  endpoint: 'https://fleet.example/base/',
  titleId: 'a/b c',
  sandboxId: 'XDKS.1',
  cloudGameId: 'cloud-game',
  token: { kind: 'static', token: 'the-token' },
  authScheme: 'Bearer',
  contractVersion: '8',
};
const REQUEST: FleetRequest = {
  sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
  // In an order that no sorting gives.
  locations: ['West US', 'East US', 'North Europe'],
  target: 'game-mode',
};
const ANSWER = {
  hostName: 'a.cloudapp.net',
  portMappings: [
    { Key: 'game', Value: { internal: 10100, external: 10103 } },
    { Key: 'voice', Value: { internal: 10101, external: 10104 } },
  ],
  region: 'WestUS',
  secureContext: 'QUJD',
};

function fleetOver(httpClient: HttpClient, settings: Partial<SessionHostsSettings> = {}) {
  return createSessionHostsFleet({
    settings: { ...SETTINGS, ...settings },
    tokenSource: staticTokenSource('the-token'),
    httpClient,
  });
}

const call = () => ({ signal: AbortSignal.timeout(20_000) });

describe('what the sessionhosts API is sent', () => {
  it('has the names of its published sample, and no cookie where there is none', async () => {
    const client = transport(ANSWER);
    await fleetOver(client).allocate(REQUEST, call());
    const [sent] = client.requests;
    expect(sent?.url).toBe('https://fleet.example/base/titles/a%2Fb%20c/sessionhosts');
    expect(JSON.parse(sent?.body as string)).toEqual({
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      sandboxId: 'XDKS.1',
      cloudGameId: 'cloud-game',
      locations: ['West US', 'East US', 'North Europe'],
      gameModeId: 'game-mode',
    });
    expect(sent?.headers.get('x-xbl-contract-version')).toBe('8');
  });

  it('has the cookie as it came', async () => {
    const client = transport(ANSWER);
    await fleetOver(client).allocate({ ...REQUEST, sessionCookie: ' opaque ' }, call());
    expect(JSON.parse(client.requests[0]?.body as string)).toHaveProperty('sessionCookie', ' opaque ');
  });

  it.each([
    ['Bearer', 'Bearer the-token'],
    ['XBL3.0', 'XBL3.0 x=-;the-token'],
  ] as const)('has a token by the scheme %s', async (authScheme, header) => {
    const client = transport(ANSWER);
    await fleetOver(client, { authScheme }).allocate(REQUEST, call());
    expect(client.requests[0]?.headers.get('authorization')).toBe(header);
  });

  it('is nothing over plain http to another machine', () => {
    expect(() => fleetOver(transport(ANSWER), { endpoint: 'http://fleet.example' })).toThrow(
      /SESSIONHOSTS_ENDPOINT/,
    );
  });
});

describe('what is made of its answer', () => {
  it('is the external ports, the region as it came, and the secure context', async () => {
    expect(await fleetOver(transport(ANSWER)).allocate(REQUEST, call())).toEqual({
      kind: 'host',
      status: 200,
      host: {
        hostName: 'a.cloudapp.net',
        ports: [
          { name: 'game', port: 10103 },
          { name: 'voice', port: 10104 },
        ],
        region: 'WestUS',
        secureContext: 'QUJD',
      },
    });
  });

  it.each([undefined, null, ''])('has no secure context for %p', async (secureContext) => {
    const answer = await fleetOver(transport({ ...ANSWER, secureContext })).allocate(REQUEST, call());
    expect(answer).toMatchObject({ kind: 'host' });
    expect(answer).not.toHaveProperty('host.secureContext');
  });

  it.each([
    '10.1.2.3',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    'a',
    'a_b.example',
    'xn--bcher-kva.example',
    'A-1.example',
  ])('has the host name %s', async (hostName) => {
    const answer = await fleetOver(transport({ ...ANSWER, hostName })).allocate(REQUEST, call());
    expect(answer).toMatchObject({ host: { hostName } });
  });

  it.each([
    '-a.example',
    'a-.example',
    'a..b',
    '.',
    'a b',
    'a:1',
    'fe80::1%eth0',
    '[::1]',
    'ä.example',
    'a\u0000',
    'a\n',
  ])('has no host for the name %p', async (hostName) => {
    const answer = await fleetOver(transport({ ...ANSWER, hostName })).allocate(REQUEST, call());
    expect(answer).toEqual({
      kind: 'unreadable',
      status: 200,
      reason: expect.stringContaining('/hostName') as string,
    });
  });

  it.each([
    [{ ...ANSWER, region: 5 }, '/region'],
    [{ ...ANSWER, portMappings: [{ Key: 'game' }] }, '/portMappings/0'],
    [
      { ...ANSWER, portMappings: [{ Key: 'a', Value: { internal: 0, external: 1 } }] },
      '/portMappings/0/Value/internal',
    ],
    [{}, 'The answer'],
  ])('says where %j is wrong', async (wrong, where) => {
    const answer = await fleetOver(transport(wrong)).allocate(REQUEST, call());
    expect(answer).toEqual({
      kind: 'unreadable',
      status: 200,
      reason: expect.stringContaining(where) as string,
    });
  });
});

it('names the setting of an address where nobody is', async () => {
  const nobody = { sendRequest: () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })) };
  expect(await fleetOver(nobody).allocate(REQUEST, call())).toEqual({
    kind: 'failed',
    maybeStarted: false,
    reason:
      'No connection to the fleet could be made: check the endpoint (SESSIONHOSTS_ENDPOINT), its DNS name and the network.',
  });
});
