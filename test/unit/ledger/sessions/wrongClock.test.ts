import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../../lib/clock.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { claim } from '../../../support/claiming.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const HOUR_MS = 3_600_000;
const service = new VirtualClock('2026-11-22T08:15:30.000Z');

/** A ledger of an instance whose wall clock is off by so much. */
function ledgerOff(byMs: number): { ledger: TableLedger; sessions: LossyTable } {
  const clock: Clock = {
    wallMs: () => service.wallMs() + byMs,
    monotonicMs: () => service.monotonicMs(),
    sleep: (ms, signal) => service.sleep(ms, signal),
    timeout: (ms) => service.timeout(ms),
  };
  const sessions = new LossyTable(new MemoryTable(() => service.wallMs()));
  return {
    ledger: new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: 24 * HOUR_MS }),
    sessions,
  };
}

const proposal = () => ({ sessionId: randomUUID(), gameMode: 'duel', fleet: 'sessionhosts' });

it.each([-9 * HOUR_MS, -3 * HOUR_MS, 3 * HOUR_MS])(
  'keeps the history by the clock of the service, with a wall clock %d ms off',
  async (byMs) => {
    const { ledger, sessions } = ledgerOff(byMs);
    for (const writes of [['insert', 'replace'], ['insert']]) {
      const before = sessions.seen.length;
      const { sessionId, ...rest } = proposal();
      const result = await claim(ledger, { sessionId, ...rest });
      expect(result).toMatchObject({
        kind: 'claimed',
        claim: { session: { history: { partitionKey: '2026-11-22T08' } } },
      });
      expect(await ledger.read(sessionId)).toMatchObject({ history: { partitionKey: '2026-11-22T08' } });
      const seen = sessions.seen.slice(before).filter((operation) => operation !== 'read');
      expect(seen).toEqual(writes);
    }
  },
);

it('leaves a clock alone that is off by less than a minute', async () => {
  const { ledger, sessions } = ledgerOff(-59_000);
  await claim(ledger, proposal());
  expect([...sessions.seen].sort()).toEqual(['insert', 'read']);
});

it('knows the time when it has recognised a lost insert', async () => {
  const { ledger, sessions } = ledgerOff(-9 * HOUR_MS);
  sessions.lose('insert', 'lost');
  expect(await claim(ledger, proposal())).toMatchObject({
    claim: { session: { history: { partitionKey: '2026-11-22T08' } } },
  });
});
