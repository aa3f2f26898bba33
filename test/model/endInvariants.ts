import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import { type Outcome, SESSION } from './run.ts';

/** A session that was ended stays so, for whoever heard of it at once, and for everybody after a time. */
export function ends({ answers: said, reached }: Outcome): string[] {
  return said.flatMap(({ instance, said: what, begunAtMs, beginning, confirmAfterMs, isEnded }, at) => {
    if (what !== 'host') return unless(isEnded, `${instance} says that a session is over which is not`);
    if (isEnded) reached('host given out although the session is ended: begun or remembered before');
    const before = said.slice(0, at);
    return [
      ...unless(
        !before.some(
          (one) => one.instance === instance && one.beginning === beginning && one.said !== 'host',
        ),
        `${instance} gives out the host after it has said that the session is over`,
      ),
      ...unless(
        begunAtMs <= beginning.endedAtMs + confirmAfterMs,
        `${instance} gives out the host ${begunAtMs - beginning.endedAtMs} ms after the session was ended`,
      ),
    ];
  });
}

/** No host is left of what was ended and confirmed, and no ending is left open. */
export function endings({ sessions, history: kept, fleet }: Outcome): string[] {
  const row = sessions.stored(SESSION, SESSION_ROW_KEY)?.row;
  const tombstones = new Set(
    sessions.writes.filter((write) => write.row['state'] === 'ended').map((write) => write.row['attemptId']),
  );
  const rows = [...kept.rows.rows.values()].map((stored) => stored.row);
  return [
    ...unless(
      fleet.beginnings.every(({ isLeftRunning }) => !isLeftRunning),
      'a host was left running after its end was confirmed',
    ),
    ...unless(
      row?.['state'] !== 'ended' || row['endFleet'] !== undefined,
      'the fleet has not confirmed the end',
    ),
    ...unless(
      row?.['state'] !== 'ended' || row['endFleet'] === 'not-told' || !fleet.hasHost,
      `a host is left running, although the fleet has said: ${String(row?.['endFleet'])}`,
    ),
    ...rows
      .filter(({ kind }) => kind === 'ending')
      .filter(({ attemptId, outcome }) => {
        // Of a session that is forgotten by now, nobody knows whether it was ended.
        if (tombstones.has(attemptId) && attemptId !== row?.['attemptId'])
          return outcome !== 'ended' && outcome !== 'unknown';
        return outcome !== (tombstones.has(attemptId) ? 'ended' : 'unknown');
      })
      .map(
        ({ attemptId, outcome }) => `the history says of the ending ${String(attemptId)}: ${String(outcome)}`,
      ),
  ];
}

export function unless(holds: boolean, what: string): string[] {
  return holds ? [] : [what];
}
