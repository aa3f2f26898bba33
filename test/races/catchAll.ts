import { randomUUID } from 'node:crypto';
import type { Reply } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import type { Hold } from '../support/faultProxy/holds.ts';
import { matches, type RequestMatch, type TableRequest } from '../support/faultProxy/tableRequest.ts';
import type { Lab } from './lab.ts';
import type { PausePoint } from './pausePoints.ts';

/** Something that stops at a pause point. */
interface HeldPoint {
  reached(): Promise<unknown>;
  /** @param dropped what is held never arrives; else it goes on, sender or no sender */
  letStorageGo(dropped: boolean): void;
  /** The fleet keeps no call of the session any longer. */
  letFleetGo(): Promise<void>;
}

interface Held<Point extends PausePoint> extends HeldPoint {
  readonly point: Point;
  readonly sessionId: string;
}

/** A session whose broker stands at the pause point, and the caller who waits for it there. */
export type Caught<Point extends PausePoint = PausePoint> = Held<Point> & {
  readonly caller: Promise<Reply | undefined>;
};

/**
 * Brings one broker to every pause point at once, each with a session of its own.
 *
 * @param client the name of the broker's endpoint at the proxy
 * @param ask asks the broker for the session
 * @param begin makes a session's id, and what is to be there of it before the broker is asked
 */
export async function catchAll<Point extends PausePoint>(
  lab: Lab,
  client: string,
  ask: (sessionId: string) => Promise<Reply | undefined>,
  points: readonly Point[],
  begin: () => string | Promise<string> = randomUUID,
): Promise<Caught<Point>[]> {
  const held = await Promise.all(
    points.map(async (point): Promise<Held<Point>> => {
      const sessionId = await begin();
      return { point, sessionId, ...(await hold(lab, client, point, sessionId)) };
    }),
  );
  const bring = async (some: readonly Held<Point>[]): Promise<Caught<Point>[]> => {
    const here = some.map((one) => ({ ...one, caller: ask(one.sessionId) }));
    await Promise.all(here.map(({ reached }) => reached()));
    return here;
  };
  // A renewal comes a second after its call; everything else is there at once, and must not be renewed meanwhile.
  const renewing = await bring(held.filter(({ point }) => point.renewal === true));
  return [...renewing, ...(await bring(held.filter(({ point }) => point.renewal !== true)))];
}

async function hold(lab: Lab, client: string, point: PausePoint, sessionId: string): Promise<HeldPoint> {
  const ofSession = ({ row, operation, url }: TableRequest): boolean =>
    row?.['PartitionKey'] === sessionId ||
    row?.['sessionId'] === sessionId ||
    (operation === 'query' && url.includes(sessionId));
  const holdStorage = (): Hold | undefined =>
    point.storage && lab.proxy.hold({ ...point.storage, client, where: ofSession });
  // Beside the call, not before it: where a claim took long, the lease is renewed before the call begins, too.
  let storage = point.renewal === true ? undefined : holdStorage();
  const fleet = point.fleet && (await holdFleet(lab, point.fleet, { sessionId, path: point.path }));
  const untilDone = async (match: RequestMatch, fromMs: number): Promise<unknown> =>
    until(`a write of ${sessionId} beside the pause point`, () =>
      lab.proxy.requests.find((request) => {
        const isIt = ofSession(request) && matches(match, request);
        return isIt && request.receivedAt >= fromMs && request.deliveredAt !== undefined;
      }),
    );
  return {
    async reached() {
      await fleet?.reached();
      if (point.renewal === true) storage = holdStorage();
      const fromMs = point.renewal === true ? Date.now() : 0;
      await Promise.all([storage?.waitForHeld(), point.done && untilDone(point.done, fromMs)]);
    },
    letStorageGo: (dropped) => void storage?.release(dropped ? { type: 'reset-before' } : undefined),
    letFleetGo: async () => fleet?.letGo(),
  };
}

async function holdFleet(
  { stack }: Lab,
  point: 'received' | 'allocated',
  { sessionId, path }: { readonly sessionId: string; readonly path: string | undefined },
): Promise<{ reached(): Promise<unknown>; letGo(): Promise<void> }> {
  const { control } = stack.fleet;
  const { holdId } = await control.hold({
    match: { sessionId, ...(path !== undefined && { path }) },
    point,
  });
  return {
    reached: () =>
      until(`the fleet has the call of ${sessionId}`, async () => {
        const parked = await control.waitForParked(1);
        return parked.find((call) => call.holdId === holdId);
      }),
    letGo: async () => {
      await control.release({ holdId });
    },
  };
}
