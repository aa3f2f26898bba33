import { ofEachSession } from './invariant.ts';

export const ownBeginning = ofEachSession(
  'own-beginning',
  'An attempt settles only the beginning of the session that it was made in, and no later one.',
  (sessionId, evidence) => {
    const writes = evidence
      .storageOf(sessionId)
      .filter(
        ({ table, row, status }) =>
          table === 'brokersessions' && row?.['state'] !== undefined && status === 204,
      )
      .toSorted((a, b) => (a.doneAt ?? 0) - (b.doneAt ?? 0));
    return writes.flatMap(({ row, client }, index) => {
      const before = writes[index - 1]?.row?.['incarnation'];
      if (row?.['state'] !== 'allocated' || row['incarnation'] === before) return [];
      return [`${client} settled ${String(row['incarnation'])} over ${String(before)}`];
    });
  },
);
