import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { CallRecord } from '../../../local/fleet/callLog.ts';
import type { FaultAction } from '../../../local/fleet/faultSchema.ts';

/** A host in the fleet's answer; what is left out is as it should be. */
export interface ToldHost {
  readonly hostName?: unknown;
  readonly ports?: unknown;
  readonly region?: unknown;
  /** Members that the fleet's API does not have. */
  readonly more?: object;
}

/** All that an end-to-end test must know of how one fleet differs from another; the texts are literals. */
export interface FleetFacts {
  readonly name: FleetName;
  /** App settings, by what they are to the tests. */
  readonly settings: {
    /** What the broker shows the fleet. */
    readonly credential: string;
    readonly endpoint: string;
    /** One more without which no game mode can be on this fleet. */
    readonly required: string;
  };
  /** A call that asks for a host, as the simulator reports it. */
  readonly call: {
    readonly path: string;
    readonly headers: object;
    /** A location's name in it. */
    readonly spell: (location: string) => string;
  };
  /** What clients get beside the host's name, region and ports. */
  readonly client: {
    /** Of each port, beside its name and number. */
    readonly ports: readonly [object, object];
    readonly more: (call: CallRecord | undefined) => object;
  };
  /** What a wrong credential comes to; a client is told upstream-rejected all the same. */
  readonly wrongCredential: {
    /** The event in the log; `upstreamStatus` is undefined where no host could be asked for. */
    readonly event: { readonly upstreamStatus: number | undefined; readonly reason: RegExp };
    /** Calls that ask for a host. */
    readonly calls: number;
    /** What the simulator says of it: upstream words, for nobody to see. */
    readonly words: RegExp;
  };
  /** How the fleet says that no host is free. */
  readonly noCapacity: { readonly status: number; readonly body: object };
  /** Statuses after which it is asked again. */
  readonly repeated: readonly number[];
  /** Turns an answer that carries a host into one of this host. */
  readonly tells: (host: ToldHost) => FaultAction;
  /** One of `ToldHost.ports`. @param more members that the fleet's API does not have */
  readonly port: (name: unknown, number: unknown, more?: object) => object;
  /** Answers of this fleet alone that are sound. @param mark in whatever no client may see */
  readonly sound: (mark: string) => readonly [name: string, action: FaultAction][];
  /** Answers of this fleet alone that cannot be believed. @param mark in each of them */
  readonly hostile: (mark: string) => readonly [name: string, action: FaultAction][];
  /** An answer whose host has its name from a prototype. */
  readonly prototype: (mark: string) => string;
  /** Different credentials that a broker with the right one and a broker with a wrong one show, at least. */
  readonly credentialsShown: number;
  /** What only the fleet, or only the fleet and the broker, should know of a host. */
  readonly innards: readonly string[];
}

/** Members that are undefined are not sent. */
const sessionHosts = ({ hostName, ports, region, more }: ToldHost): FaultAction => ({
  type: 'override',
  members: { hostName, portMappings: ports, region, ...more },
});

const playFab = ({ hostName, ports, region, more }: ToldHost, own: object = {}): FaultAction => ({
  type: 'override',
  // What is not named stays: the session's id above all.
  deep: true,
  members: {
    ...more,
    data: {
      FQDN: hostName === undefined ? 'dns1.westus.cloudapp.azure.com' : hostName,
      // It would serve in place of a name that is missing.
      IPV4Address: null,
      Ports: ports === undefined ? [{ Name: 'game', Num: 30_000, Protocol: 'UDP' }] : ports,
      Region: region === undefined ? 'WestUs' : region,
      ...more,
      ...own,
    },
  },
});

const PLAYFAB_REGIONS: Readonly<Record<string, string>> = {
  'West US': 'WestUs',
  'East US': 'EastUs',
  'North Europe': 'NorthEurope',
  'West Europe': 'WestEurope',
  'Southeast Asia': 'SoutheastAsia',
  'Japan East': 'JapanEast',
};

export const FLEETS: Readonly<Record<FleetName, FleetFacts>> = {
  sessionhosts: {
    name: 'sessionhosts',
    settings: {
      credential: 'SESSIONHOSTS_TOKEN',
      endpoint: 'SESSIONHOSTS_ENDPOINT',
      required: 'BROKER_SANDBOX_ID',
    },
    call: {
      path: '/titles/5d9c1a3e/sessionhosts',
      headers: { 'x-xbl-contract-version': '8' },
      spell: (location) => location,
    },
    client: {
      ports: [{}, {}],
      // The simulator makes another one for each answer.
      more: (call) => ({ secureContext: call?.answerMark }),
    },
    wrongCredential: {
      event: { upstreamStatus: 401, reason: /check SESSIONHOSTS_TOKEN/ },
      // Once with the token at hand and once with a fresh one.
      calls: 2,
      words: /Authorization must be/,
    },
    noCapacity: { status: 503, body: {} },
    repeated: [408, 429, 500, 502, 504],
    tells: sessionHosts,
    port: (name, number, more = {}) => ({
      Key: name,
      Value: { internal: 1, external: number, ...more },
      ...more,
    }),
    sound: (mark) => [['a secureContext of null', sessionHosts({ more: { secureContext: null, mark } })]],
    hostile: (mark) => [
      ['a secureContext with a line break', sessionHosts({ more: { secureContext: `QUJD\r\n${mark}` } })],
      ['a secureContext of 1 MiB', sessionHosts({ more: { secureContext: 'A'.repeat(1_048_576), mark } })],
    ],
    prototype: (mark) => `{"__proto__": {"hostName": "${mark}"}, "region": "WestUS", "portMappings": []}`,
    credentialsShown: 2,
    innards: ['2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51', '7a6a5d3c-0b0e-4d7f-9d2b-9b6f6c1c2f10', 'local.0'],
  },
  playfab: {
    name: 'playfab',
    settings: {
      credential: 'PLAYFAB_SECRET_KEY',
      endpoint: 'PLAYFAB_ENDPOINT',
      required: 'PLAYFAB_TITLE_ID',
    },
    call: {
      path: '/MultiplayerServer/RequestMultiplayerServer',
      headers: {},
      spell: (location) => PLAYFAB_REGIONS[location] ?? '',
    },
    client: { ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }], more: () => ({}) },
    wrongCredential: {
      // It gets no entity token, and without one no host is asked for.
      event: { upstreamStatus: undefined, reason: /check PLAYFAB_SECRET_KEY/ },
      calls: 0,
      words: /X-SecretKey|NotAuthenticated/,
    },
    noCapacity: {
      status: 429,
      body: {
        code: 429,
        status: 'TooManyRequests',
        error: 'MultiplayerServerTooManyRequests',
        errorCode: 1380,
      },
    },
    repeated: [408, 429, 500, 502, 503, 504],
    tells: playFab,
    port: (name, number, more = {}) => ({ Name: name, Num: number, ...more }),
    sound: (mark) => [
      ['ports without a protocol', playFab({ ports: [{ Name: 'game', Num: 1, Protocol: null, mark }] })],
      ['ids of the machine', playFab({}, { VmId: mark, ServerId: mark, BuildId: mark, State: mark })],
    ],
    hostile: (mark) => [
      ['HTML for a protocol', playFab({ ports: [{ Name: 'game', Num: 1, Protocol: `<b>${mark}` }] })],
      ['the server of another session', playFab({}, { SessionId: mark })],
    ],
    prototype: (mark) =>
      `{"data": {"__proto__": {"FQDN": "${mark}.example"}, "Region": "WestUs", "Ports": []}}`,
    // The two secret keys, and an entity token.
    credentialsShown: 3,
    // The beginning of every VmId, that of every ServerId, and the BuildId.
    innards: ['xcloudsim:vm:', '5e4fe41d-', '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11'],
  },
};
