import type { Session } from '../../../../lib/ledger/sessions/session.ts';
import { toRecord, toRow } from '../../../../lib/ledger/sessions/sessionRow.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { Row, Stored } from '../../../../lib/ledger/tables/entityTable.ts';
import { ANSWER, CLAIMED } from '../../../support/sessions.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const TIMES = { clock: new VirtualClock(), leaseMs: 11_000, sessionTtlMs: 3_600_000 };
const SETTLED = { ...CLAIMED, ...ANSWER, state: 'allocated', cookie: undefined } as const;
const { cookie: _cookie, charge: _charge, ...LASTING } = CLAIMED;
const ENDED = { ...LASTING, state: 'ended', endedAtMs: 1_790_000_000_000, endedBy: 'key' } as const;

const read = (row: Row, ageMs = 0) => {
  const stored: Stored = { row, etag: 'etag', writtenAtMs: 1_000_000, readAtMs: 1_000_000 + ageMs };
  return toRecord(stored);
};

it.each<[string, Session, object]>([
  ['claimed', CLAIMED, { leaseLeftMs: 10_000, expiresInMs: 3_599_000 }],
  [
    'claimed, not for the first time',
    { ...CLAIMED, firstClaimedAtMs: CLAIMED.claimedAtMs - 7_000 },
    { leaseLeftMs: 10_000, expiresInMs: 3_599_000 },
  ],
  ['released', { ...CLAIMED, state: 'released' }, { leaseLeftMs: 0, expiresInMs: 3_599_000 }],
  ['allocated', SETTLED, { leaseLeftMs: 0, expiresInMs: 3_599_000 }],
  ['ended', ENDED, { leaseLeftMs: 0, expiresInMs: 3_599_000 }],
  ['ended, and confirmed', { ...ENDED, endFleet: 'told' }, { leaseLeftMs: 0, expiresInMs: 3_599_000 }],
  [
    'ended while it had a host',
    { ...ENDED, hosted: { attemptId: 'attempt', region: 'WestUS', hostName: 'a.cloudapp.net' } },
    { leaseLeftMs: 0, expiresInMs: 3_599_000 },
  ],
])('reads what was written: %s', (_state, session, times) => {
  expect(read(toRow(session, TIMES), 1_000)).toEqual({ ...session, ...times, etag: 'etag', ageMs: 1_000 });
});

it.each([
  ['open', { isOpen: true, leftMs: 1_500 }, 1_000, { isOpen: true, leftMs: 500 }],
  ['open, and its time has passed', { isOpen: true, leftMs: 1_500 }, 1_501, { isOpen: true, leftMs: 0 }],
  [
    'read as of before it was written',
    { isOpen: true, leftMs: 1_500 },
    -999,
    { isOpen: true, leftMs: 1_500 },
  ],
  ['closed', { isOpen: false, leftMs: 0 }, 0, { isOpen: false, leftMs: 0 }],
])('reads a window: %s', (_how, gather, ageMs, expected) => {
  expect(read(toRow({ ...CLAIMED, gather }, TIMES), ageMs).gather).toEqual(expected);
});

it('reads a window that a sweep has fenced as passed', () => {
  const row = {
    ...toRow({ ...CLAIMED, gather: { isOpen: true, leftMs: 1_500 } }, TIMES),
    gatherLeftMs: undefined,
  };
  expect(read(row).gather).toEqual({ isOpen: true, leftMs: 0 });
});

it('gives every write an id of its own', () => {
  expect(toRow(CLAIMED, TIMES).writeId).not.toBe(toRow(CLAIMED, TIMES).writeId);
});

it('keeps a tombstone for as long as it is told to', () => {
  expect(toRow(ENDED, TIMES, 120_000)).toMatchObject({ state: 'ended', ttlMs: 120_000 });
});

it('reads what a newer version says of a fleet as confirmed', () => {
  const row: Row = { ...toRow(ENDED, TIMES), endFleet: 'moved' };
  expect(read(row)).toMatchObject({ state: 'ended', endFleet: 'not-told' });
});

it('reads a row of versions that knew one fleet only', () => {
  const row: Row = { ...toRow(CLAIMED, TIMES), fleet: undefined, fleetTarget: undefined };
  expect(read(row)).toMatchObject({ fleet: 'sessionhosts', fleetTarget: undefined });
});

it.each([
  ['a state of a newer version', 'state', 'paused'],
  ['no state', 'state', undefined],
  ['no body', 'body', undefined],
  ['an empty body', 'body', ''],
  ['a body that is no text', 'body', 5],
  ['no host name', 'hostName', undefined],
  ['no region', 'region', undefined],
  ['no attempt', 'attemptId', undefined],
  ['a generation that is text', 'generation', '1'],
  ['a generation that is no number', 'generation', NaN],
  ['no time to live', 'ttlMs', undefined],
  ['no salt', 'cookieSalt', undefined],
  ['a flag that is text', 'maybeStarted', 'true'],
  ['a time that is text', 'claimedAt', '2026-11-22T08:15:30.250Z'],
  ['a time that is none', 'claimedAt', new Date(NaN)],
  ['a first time that is text', 'firstClaimedAt', '2026-11-22T08:15:30.250Z'],
  ['no history row', 'historyRow', undefined],
])('an allocated row with %s is a storage fault that names the cell', (_what, cell, value) => {
  const row: Row = { ...toRow(SETTLED, TIMES), [cell]: value };
  const fault = new StorageFault(
    'read',
    'sessions',
    `row 3536d3e6-e85d-4f47-b898-9617d19dabcd holds no usable ${cell}`,
  );
  expect(() => read(row)).toThrow(fault);
});

it('a claimed row without a lease is a storage fault', () => {
  expect(() => read({ ...toRow(CLAIMED, TIMES), leaseMs: undefined })).toThrow('holds no usable leaseMs');
});
