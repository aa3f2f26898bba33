import type { EndTeller } from './deadEnding.ts';

/**
 * The teller for one run. What belongs to a fleet that does not answer is left to the next run: waiting for each answer would
 * take the time in which the rows of attempts are closed, and other fleets told.
 *
 * @param mostUnanswered after so many calls in a row without an answer a fleet is taken for silent
 */
export function leavingSilentFleets(teller: EndTeller, mostUnanswered: number): EndTeller {
  const unanswered = new Map<string, number>();
  return {
    async tell(session, asOfMs) {
      const { fleet: name } = session;
      if ((unanswered.get(name) ?? 0) >= mostUnanswered) {
        return { fleet: 'pending', fleetCalls: 0, fleetMs: 0, reason: 'the fleet does not answer' };
      }
      const told = await teller.tell(session, asOfMs);
      const isAnswer = told.fleet !== 'pending' || told.upstreamStatus !== undefined;
      unanswered.set(name, isAnswer ? 0 : (unanswered.get(name) ?? 0) + 1);
      return told;
    },
    confirm: (session, endFleet) => teller.confirm(session, endFleet),
  };
}
