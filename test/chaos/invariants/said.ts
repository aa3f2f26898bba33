import type { CallerAnswer, Evidence, TableRow } from '../harness/evidence.ts';

/** Whether an answer gives the session's host. */
export function isHost({ status }: CallerAnswer): boolean {
  return status === 200 || status === 201;
}

/** Whether an answer says that the session is over. */
export function saysEnded({ status }: CallerAnswer): boolean {
  return status === 204 || status === 410;
}

/** Whether a row of the history is that of an ending. */
export function isEnding(row: TableRow): boolean {
  return row['kind'] === 'ending';
}

/** When somebody first said to a broker that the session is over; Infinity: nobody did. */
export function endAskedAt(sessionId: string, evidence: Evidence): number {
  const endings = evidence.answersOf(sessionId).filter(({ method }) => method === 'DELETE');
  return Math.min(...endings.map(({ sentAt }) => sentAt));
}
