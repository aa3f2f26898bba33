import type { CallRecord } from '../../../local/fleet/callLog.ts';
import type { Evidence, TableRow } from '../harness/evidence.ts';
import { type Invariant, ofEachSession } from './invariant.ts';
import { isEnding, isHost, saysEnded } from './said.ts';

export const endedStaysEnded = ofEachSession(
  'ended-stays-ended',
  'Once an instance has said that a session is over, it gives nobody its host; and a confirmation time later, none does.',
  (sessionId, evidence) => {
    const answers = evidence.answersOf(sessionId);
    const over = answers.filter(saysEnded);
    if (over.length === 0) return [];
    const allKnowAt = Math.min(...over.map(({ answeredAt }) => answeredAt)) + evidence.records.confirmMs;
    const state = evidence.sessionRow(sessionId)?.['state'];
    return [
      ...(state === 'ended' ? [] : [`it was said to be over, and its row is ${String(state)}`]),
      ...answers.filter(isHost).flatMap(({ caller, broker, sentAt, status }) => {
        const knew = over.some((end) => end.broker === broker && end.answeredAt < sentAt);
        const late = sentAt > allKnowAt;
        const when = late ? `${sentAt - allKnowAt} ms after all had to know` : 'which knew that it was over';
        return knew || late ? [`${caller} got ${String(status)} of ${broker}, ${when}`] : [];
      }),
    ];
  },
);

export const hostsAreSessions: Invariant = {
  name: 'hosts-are-sessions',
  promise:
    'After the sweeps the hosts that live are those of the sessions that are not ended, and no others.',
  check: (evidence) =>
    evidence.records.sessionIds.flatMap((sessionId) => {
      const live = evidence.hostsOf(sessionId).filter(({ endedAt }) => endedAt === undefined).length;
      const row = evidence.sessionRow(sessionId);
      if (row?.['state'] !== 'ended')
        return live === 1 ? [] : [{ sessionId, message: `it is not ended, and ${live} hosts of it live` }];
      // Where the fleet cannot be told, its game server ends by itself.
      const most = row['endFleet'] === 'not-told' ? 1 : 0;
      return live <= most ? [] : [{ sessionId, message: `it is ended, and ${live} hosts of it live` }];
    }),
};

export const endsConfirmed = ofEachSession(
  'ends-confirmed',
  'After the sweeps every tombstone says what the fleet said, and so does the ending’s history row; no other ending did it.',
  (sessionId, evidence) => {
    const row = evidence.sessionRow(sessionId);
    const endings = evidence.historyOf(sessionId).filter(isEnding);
    if (row?.['state'] !== 'ended') {
      return endings
        .filter(({ outcome }) => outcome === 'ended')
        .map(() => 'its history says that it is ended');
    }
    const own = endings.filter(({ attemptId }) => attemptId === row['attemptId']);
    const others = endings.filter(({ attemptId }) => attemptId !== row['attemptId']);
    const isClosed = own.length === 1 && own[0]?.['outcome'] === 'ended';
    return [
      ...(isSaid(row, sessionId, evidence) ? [] : [`the fleet did not say ${String(row['endFleet'])}`]),
      ...(isClosed ? [] : [`${own.length} history rows of its ending: ${JSON.stringify(own)}`]),
      ...(own[0]?.['endFleet'] === row['endFleet'] ? [] : ['its tombstone and its history row differ']),
      ...others.filter(({ outcome }) => outcome === 'ended').map(() => 'two endings say that they ended it'),
    ];
  },
);

/** Whether the fleet has said of the session's host what the tombstone says of it. */
function isSaid({ endFleet, fleet }: TableRow, sessionId: string, evidence: Evidence): boolean {
  const told = evidence.endCallsOf(sessionId).filter(isTrue);
  switch (endFleet) {
    case 'told':
      return told.some(({ status }) => status === 200);
    case 'no-host':
      return told.some(({ status }) => status === 404) || evidence.hostsOf(sessionId).length === 0;
    case 'not-told':
      // The one whose API takes no host back.
      return fleet === 'sessionhosts' && evidence.endCallsOf(sessionId).length === 0;
    default:
      return false;
  }
}

/** Whether the answer is the fleet's own. */
const isTrue = ({ faults }: CallRecord): boolean => faults.every((fault) => fault === 'delay');
