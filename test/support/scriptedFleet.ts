import type { EndAnswer, Fleet, FleetAnswer, FleetHost, FleetRequest } from '../../lib/fleets/fleet.ts';

interface Asked {
  readonly request: FleetRequest;
  answer(answer: FleetAnswer): void;
}

/** A fleet whose every answer the test gives, when it wants to. */
export class ScriptedFleet implements Fleet {
  /** Calls that wait for their answer, oldest first. */
  readonly open: Asked[] = [];
  /** Every request that came, in order. */
  readonly requests: FleetRequest[] = [];
  #automatic: ((request: FleetRequest) => FleetAnswer) | undefined;

  /** Answers every call from now on at once. */
  always(answer: (request: FleetRequest) => FleetAnswer): void {
    this.#automatic = answer;
  }

  allocate(request: FleetRequest): Promise<FleetAnswer> {
    this.requests.push(request);
    if (this.#automatic !== undefined) return Promise.resolve(this.#automatic(request));
    const { promise, resolve } = Promise.withResolvers<FleetAnswer>();
    this.open.push({ request, answer: resolve });
    return promise;
  }

  checkCredentials(): Promise<void> {
    return Promise.resolve();
  }

  /** Answers the oldest open call. */
  answer(answer: FleetAnswer): void {
    const asked = this.open.shift();
    if (asked === undefined) throw new Error('the fleet was not asked');
    asked.answer(answer);
  }
}

/** A fleet that can be told that a session is over, and says what the test wants it to. */
export class EndingFleet extends ScriptedFleet {
  /** The sessions, as it was asked to end them. */
  readonly ended: string[] = [];
  says: EndAnswer = { kind: 'ended', status: 200 };

  end(sessionId: string): Promise<EndAnswer> {
    this.ended.push(sessionId);
    return Promise.resolve(this.says);
  }
}

export const HOST: FleetHost = {
  hostName: 'a1.cloudapp.net',
  ports: [{ name: 'game', port: 30_000, protocol: 'UDP' }],
  region: 'WestUS',
  secureContext: 'c2VjcmV0',
};

export const GIVES_HOST: FleetAnswer = { kind: 'host', host: HOST, status: 200 };
