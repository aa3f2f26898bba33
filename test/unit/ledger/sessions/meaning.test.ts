import type { EndFleet } from '../../../../lib/contract/outcomes.ts';
import { type Meaning, meaningOf, type SessionRecord } from '../../../../lib/ledger/sessions/session.ts';
import { ANSWER, CLAIMED } from '../../../support/sessions.ts';

const READING = { etag: 'etag', leaseLeftMs: 0, expiresInMs: 3_600_000, ageMs: 0 };
const claimed = (leaseLeftMs: number): SessionRecord => ({ ...CLAIMED, ...READING, leaseLeftMs });
const released = (maybeStarted: boolean): SessionRecord => ({
  ...{ ...CLAIMED, ...READING, maybeStarted },
  state: 'released',
});
const allocated = (expiresInMs: number): SessionRecord => ({
  ...{ ...CLAIMED, ...READING, ...ANSWER, expiresInMs, generation: 3 },
  state: 'allocated',
});

const ended = (expiresInMs: number, endFleet?: EndFleet): SessionRecord => ({
  ...{ ...CLAIMED, ...READING, expiresInMs, generation: 3, endedAtMs: 0, endedBy: 'key', endFleet },
  state: 'ended',
});

/** What a session is bound to: everything, its game mode alone, or nothing. */
const BOUND = { gameMode: 'duel', cookieSeal: { salt: 'salt', hash: 'hash' } };
const MODE_ONLY = { gameMode: 'duel' };

it.each<[string, SessionRecord | undefined, number, Meaning['kind'], object | undefined]>([
  ['no row', undefined, 0, 'claim', undefined],
  ['a claim with a lease', claimed(1), 0, 'wait', BOUND],
  ['a claim whose lease has run out', claimed(0), 0, 'take-over', BOUND],
  ['a claim whose lease ran out after it was read', claimed(500), 500, 'take-over', BOUND],
  ['a claim that is looked at as of before its lease ran out', claimed(-1_999), -2_000, 'wait', BOUND],
  ['a release after which a host may exist', released(true), 0, 'take-over', BOUND],
  ['a release without a host', released(false), 0, 'claim', MODE_ONLY],
  ['an allocation', allocated(1), 0, 'replay', BOUND],
  ['an allocation in the margin after its end', allocated(-60_000), 0, 'replay', BOUND],
  ['an allocation past its end', allocated(-60_001), 0, 'claim', undefined],
  ['a session that was ended', ended(1, 'told'), 0, 'ended', undefined],
  ['one that was ended, in the margin after its end', ended(-60_000, 'told'), 0, 'ended', undefined],
  ['one that was ended, past its end', ended(-60_001, 'told'), 0, 'claim', undefined],
  [
    'one that was ended, past its end, while its fleet has not confirmed it',
    ended(-60_001),
    0,
    'ended',
    undefined,
  ],
  ['an allocation that ended after it was read', allocated(1), 60_002, 'claim', undefined],
])('%s', (_name, session, sinceReadMs, kind, identity) => {
  const meaning = meaningOf(session, sinceReadMs);
  expect(meaning.kind).toBe(kind);
  expect(meaning.identity).toEqual(identity);
  expect(meaning.session).toBe(session);
});

it('counts what is left of a lease from the reading on', () => {
  expect(meaningOf(claimed(3_000), 1_200)).toMatchObject({ kind: 'wait', leaseLeftMs: 1_800 });
});

describe('what is left of a window', () => {
  const open = { gather: { isOpen: true, leftMs: 900 } };
  const closed = { gather: { isOpen: false, leftMs: 0 } };

  it.each<[string, SessionRecord, number, Meaning['kind'], number | undefined]>([
    ['of a dead holder, in time', { ...claimed(0), ...open }, 0, 'take-over', 900],
    ['of a dead holder, counted from the reading on', { ...claimed(0), ...open }, 400, 'take-over', 500],
    ['of a dead holder, when it has passed', { ...claimed(0), ...open }, 901, 'take-over', 0],
    ['of a dead holder who had closed it', { ...claimed(0), ...closed }, 0, 'take-over', 0],
    ['of a holder who left before its end', { ...released(false), ...open }, 100, 'claim', 800],
    ['of one who left, and a host may exist', { ...released(true), ...open }, 100, 'take-over', 800],
    ['where nothing was started: a new one', { ...released(false), ...closed }, 0, 'claim', undefined],
    ['after an allocation: a new one', { ...allocated(-60_001), ...closed }, 0, 'claim', undefined],
    ['where nobody is gathered', claimed(0), 0, 'take-over', undefined],
  ])('%s', (_name, session, sinceReadMs, kind, gatherLeftMs) => {
    const meaning = meaningOf(session, sinceReadMs);
    expect(meaning.kind).toBe(kind);
    expect('gatherLeftMs' in meaning ? meaning.gatherLeftMs : undefined).toBe(gatherLeftMs);
  });
});

it('begins a new generation after an allocation, and only then', () => {
  expect(meaningOf(undefined)).toMatchObject({ generation: 1 });
  expect(meaningOf(released(false))).toMatchObject({ generation: 1 });
  expect(meaningOf(allocated(-60_001))).toMatchObject({ generation: 4 });
  expect(meaningOf(ended(-60_001, 'no-host'))).toMatchObject({ generation: 4 });
});
