import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { FaultAction, FaultRule } from '../../../local/fleet/faultSchema.ts';
import { type PlayFabError, errorAnswer } from '../../../local/playFab/envelope.ts';

interface Wrong {
  readonly point: NonNullable<FaultRule['point']>;
  readonly action: FaultAction;
}

/** What one fleet does wrong beside what any does. */
interface OwnWrongs {
  /** Of its simulator. */
  readonly flags: { readonly tokenSeconds?: number };
  readonly calls: readonly Wrong[];
  /** Absent: it hands out no tokens. */
  readonly tokens?: { readonly path: string; readonly refused: FaultAction };
  /** Absent: its API takes no host back. */
  readonly ends?: { readonly path: string; readonly calls: readonly Wrong[] };
}

export interface FleetFaultOptions {
  readonly fleet: FleetName;
  /** The share of the calls that go wrong, and of those for a token. */
  readonly rate: number;
  readonly fleetTimeoutMs: number;
  readonly sessionIds: readonly string[];
}

const retryAfter = '1';

const SESSION_HOSTS: OwnWrongs = {
  flags: {},
  calls: [
    { point: 'allocated', action: { type: 'status', status: 409 } },
    { point: 'received', action: { type: 'status', status: 429, retryAfter } },
    { point: 'received', action: { type: 'status', status: 503, retryAfter } },
  ],
};

/** A whole server, but of a session that nobody asks for; the address is of TEST-NET-2 (RFC 5737). */
const FOREIGN_SERVER = JSON.stringify({
  code: 200,
  status: 'OK',
  data: {
    BuildId: '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11',
    FQDN: 'server-of-another-session.cloudapp.net',
    IPV4Address: '198.51.100.7',
    Ports: [{ Name: 'GSDKTCPTest', Num: 9_999, Protocol: 'TCP' }],
    Region: 'WestUs',
    SessionId: '7c1d3a8e-2f64-4b0c-9a57-0e6db1f4c385',
    State: 'Active',
  },
});

const CONFLICT = errorBody('MultiplayerServerConflict');
const TOO_MANY_CALLS = errorBody('APIClientRequestRateLimitExceeded', { retryAfterSeconds: 1 });
const NOTHING_STANDING_BY = errorBody('MultiplayerServerTooManyRequests');
const UNAVAILABLE = errorBody('MultiplayerServerUnavailable');
const TOKEN_EXPIRED = errorBody('EntityTokenExpired');

const PLAYFAB: OwnWrongs = {
  // A broker uses a token until 60 s before its end: this one for a second, so that calls keep waiting for another.
  flags: { tokenSeconds: 61 },
  calls: [
    { point: 'allocated', action: { type: 'status', status: 409, body: CONFLICT } },
    { point: 'received', action: { type: 'status', status: 429, body: TOO_MANY_CALLS } },
    { point: 'received', action: { type: 'status', status: 429, body: NOTHING_STANDING_BY, retryAfter } },
    { point: 'received', action: { type: 'status', status: 503, body: UNAVAILABLE } },
    { point: 'allocated', action: { type: 'body', text: FOREIGN_SERVER } },
    // The status of a success around an error.
    { point: 'allocated', action: { type: 'body', text: UNAVAILABLE } },
  ],
  tokens: {
    path: '/Authentication',
    refused: { type: 'status', status: 401, body: TOKEN_EXPIRED },
  },
  ends: {
    path: '/MultiplayerServer/Shutdown',
    calls: [
      { point: 'received', action: { type: 'status', status: 401, body: TOKEN_EXPIRED } },
      { point: 'received', action: { type: 'status', status: 429, body: TOO_MANY_CALLS } },
      // Not that of a session without a server: the call went to a wrong address.
      { point: 'received', action: { type: 'status', status: 404 } },
      { point: 'received', action: { type: 'status', status: 503, body: UNAVAILABLE } },
      { point: 'allocated', action: { type: 'hang' } },
      { point: 'allocated', action: { type: 'status', status: 500 } },
      { point: 'allocated', action: { type: 'body', text: UNAVAILABLE } },
    ],
  },
};

const OWN: Readonly<Record<FleetName, OwnWrongs>> = { sessionhosts: SESSION_HOSTS, playfab: PLAYFAB };

/** One session in so many has a token refused. */
const TOKEN_REFUSED_ONE_IN = 20;

/** The longest that a call may stand in a fleet before it does what it was asked, whatever has become of its caller. */
export const longestDelayMs = (fleetTimeoutMs: number): number => fleetTimeoutMs * 1.2;

/** The flags with which a fleet's simulator is started in chaos. */
export function fleetFlags(fleet: FleetName): OwnWrongs['flags'] {
  return OWN[fleet].flags;
}

/**
 * Rules that together hit about this share of the calls. The definite refusals (400, 403, 404, and 401 of a fresh token)
 * are left out: they end a session, and are tested apart.
 */
export function fleetFaultRules({ fleet, rate, fleetTimeoutMs, sessionIds }: FleetFaultOptions): FaultRule[] {
  if (rate === 0) return [];
  const { calls, tokens } = OWN[fleet];
  const shared = [...broken(fleetTimeoutMs), ...ofAnyFleet(fleetTimeoutMs)];
  return [
    ...(tokens === undefined ? [] : refusedOnce(tokens.refused, sessionIds)),
    ...drawn([...shared, ...calls], rate),
    ...(tokens === undefined ? [] : drawn(broken(fleetTimeoutMs), rate, { path: tokens.path })),
    ...endFaultRules({ fleet, rate, fleetTimeoutMs }),
  ];
}

/** Rules that hit about this share of the calls that give a host back: the broker repeats whatever comes of them. */
export function endFaultRules({
  fleet,
  rate,
  fleetTimeoutMs,
}: Omit<FleetFaultOptions, 'sessionIds'>): FaultRule[] {
  const { ends } = OWN[fleet];
  if (ends === undefined || rate === 0) return [];
  return drawn([...broken(fleetTimeoutMs), ...ends.calls], rate, { path: ends.path });
}

/** What may become of any call, one for a token included: each is repeated. */
function broken(fleetTimeoutMs: number): readonly Wrong[] {
  return [
    { point: 'received', action: { type: 'reset' } },
    { point: 'allocated', action: { type: 'reset' } },
    { point: 'received', action: { type: 'hang' } },
    { point: 'received', action: { type: 'delay', minMs: 50, maxMs: longestDelayMs(fleetTimeoutMs) } },
    { point: 'received', action: { type: 'status', status: 408 } },
    { point: 'received', action: { type: 'status', status: 500 } },
    { point: 'allocated', action: { type: 'status', status: 502, retryAfter } },
    { point: 'allocated', action: { type: 'garbage' } },
    { point: 'allocated', action: { type: 'half-body' } },
  ];
}

/** What may become of a call for a host beside that, whatever the fleet. */
function ofAnyFleet(fleetTimeoutMs: number): readonly Wrong[] {
  return [
    { point: 'allocated', action: { type: 'hang' } },
    { point: 'allocated', action: { type: 'delay', minMs: 50, maxMs: fleetTimeoutMs * 1.2 } },
    { point: 'allocated', action: { type: 'status', status: 500 } },
    { point: 'allocated', action: { type: 'status', status: 504 } },
    { point: 'allocated', action: { type: 'slow-body', ms: fleetTimeoutMs * 1.2 } },
  ];
}

/** Each as often as the others. */
function drawn(wrongs: readonly Wrong[], rate: number, match?: FaultRule['match']): FaultRule[] {
  return wrongs.map(({ point, action }) => ({
    point,
    action,
    rate: rate / wrongs.length,
    ...(match !== undefined && { match }),
  }));
}

/** Once a session, so never two in a row: a driver repeats a call with a fresh token, and believes the second refusal. */
function refusedOnce(action: FaultAction, sessionIds: readonly string[]): FaultRule[] {
  return sessionIds
    .filter((_, index) => index % TOKEN_REFUSED_ONE_IN === 0)
    .map((sessionId) => ({ match: { sessionId }, point: 'received', action, times: 1 }));
}

/** An error as PlayFab writes it. */
function errorBody(error: PlayFabError, more: object = {}): string {
  return JSON.stringify({ ...(errorAnswer(error, 'In chaos').body as object), ...more });
}
