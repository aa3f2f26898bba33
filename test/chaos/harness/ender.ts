import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../local/data/random.ts';
import { type CallerPlan, pauseAfter, pick, runCaller } from './caller.ts';
import type { CallerAnswer } from './evidence.ts';
import type { Lab } from './lab.ts';
import type { EndingPlan, Match } from './plan.ts';

/** From one question of a player who has a host to the next, at the least and at the most. */
const ASKS_AGAIN_MS = [300, 1_000] as const;

/** Players ask on for so long after the last instance must have heard that their session is over. */
const ASKS_ON_MS = 1_000;

/** A match that its backend ends, while its players ask for its host, and again and again when they have it. */
export async function runEndedMatch(
  lab: Lab,
  { session, callers }: Match,
  ending: EndingPlan,
  random: Random,
): Promise<void> {
  let answer: CallerAnswer | undefined;
  const isOver = (): boolean =>
    answer !== undefined &&
    (answer.status === 404 || Date.now() > answer.answeredAt + lab.confirmMs + ASKS_ON_MS);
  const play = async (caller: CallerPlan): Promise<void> => {
    await runCaller(lab, session, caller, random);
    while (!isOver()) {
      const broker = await pick(lab, random);
      if (random() < 0.5) await lab.post(broker, session, caller);
      else await lab.get(broker, session.sessionId, caller);
      const [least, most] = ASKS_AGAIN_MS;
      await sleep(least + random() * (most - least));
    }
  };
  const end = async (): Promise<void> => {
    answer = await endSession(lab, session.sessionId, ending, random);
  };
  await Promise.all([end(), ...callers.map(play)]);
}

/** Says that the session is over until somebody has heard it, or knows of no such session. */
async function endSession(
  lab: Lab,
  sessionId: string,
  { caller, afterMs }: EndingPlan,
  random: Random,
): Promise<CallerAnswer> {
  await sleep(afterMs);
  for (;;) {
    const answer = await lab.end(await pick(lab, random), sessionId, { caller });
    if (answer.status === 204 || answer.status === 404) return answer;
    await sleep(pauseAfter(answer, random));
  }
}
