import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { inParallel } from '../../lib/inParallel.ts';
import { LOCAL_LOCATIONS } from '../../local/brokerSettings.ts';

export interface Answer {
  readonly status: number;
  /** From before the request was sent until the whole answer had arrived. */
  readonly ms: number;
}

/** Sends POST requests over connections that it keeps, as a game client's platform does. */
export class Client {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, connections = 16) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const startedMs = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.#url,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          response.resume();
          response.once('error', reject);
          response.once('end', () =>
            resolve({ status: response.statusCode ?? 0, ms: performance.now() - startedMs }),
          );
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  /** Sends the request and insists on the status: any other answer is not what is being measured. */
  async expect(status: number, body: string, headers?: Readonly<Record<string, string>>): Promise<number> {
    const answer = await this.post(body, headers);
    if (answer.status !== status)
      throw new Error(`${this.#url} answered ${answer.status} instead of ${status}`);
    return answer.ms;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The address of a broker's allocations. */
export const allocationsOf = (host: { readonly url: string }): string => `${host.url}/api/v1/allocations`;

/** A player's request: a measurement for each location of the local stack. */
export function allocationRequest(sessionId: string = randomUUID()): string {
  const latencies = LOCAL_LOCATIONS.map((location, index) => ({ location, ms: 34.5 + 17 * index }));
  return JSON.stringify({ sessionId, gameMode: 'duel', latencies });
}

/** The seconds that `count` jobs take, at most `concurrency` of them at a time. */
export async function secondsOf(
  count: number,
  concurrency: number,
  job: (index: number) => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  await inParallel([...Array(count).keys()], concurrency, job);
  return (performance.now() - startedMs) / 1_000;
}
