import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { claim } from '../../../support/claiming.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const HOUR_MS = 3_600_000;

it.each([-9, 0, 9])(
  'an allocation ends by the clock of the service, with a writer %d hours off',
  async (hours) => {
    const service = new VirtualClock('2026-11-22T08:00:00.000Z');
    const writer = { ...clockOf(service), wallMs: () => service.wallMs() + hours * HOUR_MS };
    const sessions = new MemoryTable(() => service.wallMs());
    const ledger = new TableLedger({ sessions, clock: writer, leaseMs: 11_000, sessionTtlMs: 24 * HOUR_MS });

    const claimed = await claim(ledger, { sessionId: SESSION, gameMode: 'duel', fleet: 'sessionhosts' });
    await service.advance(2_000);
    if (claimed.kind === 'claimed') {
      await claimed.claim.settle({ body: '{}', region: 'WestUS', hostName: 'a.cloudapp.net' }, Infinity);
    }
    await service.advance(23 * HOUR_MS);

    expect((await ledger.read(SESSION))?.expiresInMs).toBe(HOUR_MS);
  },
);

function clockOf(clock: VirtualClock): Pick<VirtualClock, 'monotonicMs' | 'sleep' | 'timeout'> {
  return {
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms) => clock.sleep(ms),
    timeout: (ms) => clock.timeout(ms),
  };
}
