import type { EntityTable, Row } from '../../../../lib/ledger/tables/entityTable.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { claim } from '../../../support/claiming.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';

it('knows its own claim though the racing read saw a rival that has let go since', async () => {
  const clock = new VirtualClock();
  const memory = new MemoryTable(() => clock.wallMs());
  const ledgerOn = (sessions: EntityTable) =>
    new TableLedger({ sessions, clock, leaseMs: 11_000, sessionTtlMs: 3_600_000 });
  const proposal = { sessionId: SESSION, gameMode: 'duel', fleet: 'sessionhosts' };
  const rival = await claim(ledgerOn(memory), proposal);

  // The insert is refused because of the rival, whose row goes; its repetition lands, and the answer to that is lost:
  // what is left to tell is the refusal of a third try.
  const repeating: EntityTable = {
    read: (partitionKey, rowKey) => memory.read(partitionKey, rowKey),
    replace: (row, etag) => memory.replace(row, etag),
    remove: (partitionKey, rowKey, etag) => memory.remove(partitionKey, rowKey, etag),
    async insert(row: Row) {
      if (rival.kind === 'claimed') await rival.claim.release('never-asked');
      await memory.insert(row);
      return memory.insert(row);
    },
  };
  const mine = await claim(ledgerOn(repeating), proposal);

  expect(rival.kind).toBe('claimed');
  expect(mine.kind).toBe('claimed');
});

it('knows its own claim by the racing read, although no read after that one is answered', async () => {
  const clock = new VirtualClock();
  const memory = new MemoryTable(() => clock.wallMs());
  let reads = 0;
  const inserted = Promise.withResolvers<unknown>();
  const hanging: EntityTable = {
    async read(partitionKey, rowKey) {
      reads += 1;
      if (reads > 1) throw new StorageFault('read', 'sessions', 'no answer');
      await inserted.promise;
      return memory.read(partitionKey, rowKey);
    },
    replace: (row, etag) => memory.replace(row, etag),
    remove: (partitionKey, rowKey, etag) => memory.remove(partitionKey, rowKey, etag),
    // The answer to the first try is lost; the repetition is refused because of it.
    async insert(row: Row) {
      await memory.insert(row);
      inserted.resolve(undefined);
      return memory.insert(row);
    },
  };
  const ledger = new TableLedger({ sessions: hanging, clock, leaseMs: 2_500, sessionTtlMs: 3_600_000 });

  const mine = await claim(ledger, { sessionId: SESSION, gameMode: 'duel', fleet: 'sessionhosts' });

  expect(mine.kind).toBe('claimed');
  expect(reads).toBe(1);
});

it('knows its own claim by an insert that arrives once more, after it was refused and the row had gone', async () => {
  const clock = new VirtualClock();
  const memory = new MemoryTable(() => clock.wallMs());
  const ledgerOn = (sessions: EntityTable) =>
    new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: 3_600_000 });
  const proposal = { sessionId: SESSION, gameMode: 'duel', fleet: 'sessionhosts' };
  const rival = await claim(ledgerOn(memory), proposal);
  if (rival.kind !== 'claimed') throw new Error('expected a claim');
  let refused: Row | undefined;
  const echoing: EntityTable = {
    read: (partitionKey, rowKey) => memory.read(partitionKey, rowKey),
    replace: (row, etag) => memory.replace(row, etag),
    remove: (partitionKey, rowKey, etag) => memory.remove(partitionKey, rowKey, etag),
    async insert(row: Row) {
      if (refused !== undefined) await memory.insert(refused);
      refused ??= row;
      const result = await memory.insert(row);
      await rival.claim.release('never-asked');
      await clock.advance(700);
      return result;
    },
  };

  const mine = await claim(ledgerOn(echoing), proposal);

  if (mine.kind !== 'claimed') throw new Error(`expected a claim, not ${mine.kind}`);
  expect(mine.claim.session.attemptId).toBe(refused?.['attemptId']);
  // From when the insert was sent that landed: two round trips ago.
  expect(mine.claim.leaseLeftMs()).toBe(1_100);
});
