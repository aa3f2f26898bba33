import type { OpenSession } from '../../lib/ledger/sessions/session.ts';

/** A session that an attempt is asking the fleet for, with every member that a session may have. */
export const CLAIMED = {
  state: 'claimed',
  sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
  generation: 1,
  incarnation: '5b0e9c1d-6a52-4f0e-8d7c-3f1a2b4c5d6e',
  attemptId: '0a4c2f0e-7a55-4a9b-9a0c-0c5d8a1a7c11',
  claimedAtMs: Date.parse('2026-11-22T08:15:30.250Z'),
  gameMode: 'duel',
  cookieSeal: { salt: 'salt', hash: 'hash' },
  cookie: 'opaque',
  fleet: 'sessionhosts',
  fleetTarget: 'mode-1',
  maybeStarted: false,
  charge: { caller: 'caller', windowStartMs: Date.parse('2026-11-22T08:00:00.000Z') },
  history: { partitionKey: '2026-11-22T08', rowKey: '1' },
} as const satisfies OpenSession;

export const ANSWER = { body: '{"status":"allocated"}', region: 'WestUS', hostName: 'a.cloudapp.net' };
