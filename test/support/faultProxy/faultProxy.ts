import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { emulatorConnectionString } from '../../../local/azurite/spawn.ts';
import {
  type Fault,
  type FaultRule,
  actBefore,
  actsAfter,
  answerError,
  breakOff,
  FaultRules,
  nameOf,
} from './faults.ts';
import {
  type ServiceAnswer,
  dated,
  deliver,
  deliverEmptyPage,
  deliverHalf,
  followsEmptyPage,
  Forwarder,
} from './forward.ts';
import { type HoldOptions, type HoldPoint, Hold } from './holds.ts';
import { type RequestCounts, type RequestRecord, RequestLog } from './requestLog.ts';
import { type ScheduleOptions, faultSchedule } from './schedule.ts';
import { type TableRequest, describeRequest, parseRow } from './tableRequest.ts';

/** One address of the proxy. Give each broker one of its own: its requests then carry the endpoint's name. */
export interface ProxyEndpoint {
  readonly client: string;
  readonly tableUrl: string;
  /** For the setting `BrokerStorage`. */
  readonly connectionString: string;
  /** Closes the port and every connection: whoever comes next is refused, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Of the requests the newest so many are kept in full; the counts are of all. Default: all. */
  readonly keepRequests?: number;
}

/**
 * An HTTP proxy in front of the table service that misbehaves as told. In process, so that a test steers it directly:
 *
 *     const proxy = new FaultProxy(azurite.tableUrl);
 *     const a = await proxy.endpoint('a');
 *     const broker = await stack.startBroker({ settings: { BrokerStorage: a.connectionString } });
 *
 *     proxy.inject({ match: { operation: 'insert', table: 'brokersessions' }, fault: { type: 'reset-after' }, times: 1 });
 *
 *     const settling = proxy.hold({ client: 'a', table: 'brokersessions', row: { state: 'allocated' }, point: 'before' });
 *     const [write] = await settling.waitForHeld();   // the broker's write is under way, the service has not seen it
 *     settling.release();                             // or release({ type: 'reset-before' }): it never arrives
 *
 * Paths, headers and the service's own `Date` and `ETag` go through unchanged, so shared-key signatures stay valid; only
 * `setClockAhead` changes `Date`, which no signature of an answer covers.
 */
export class FaultProxy {
  readonly #forwarder: Forwarder;
  readonly #accountPath: string;
  readonly #log: RequestLog;
  readonly #rules = new FaultRules();
  readonly #holds = new Set<Hold>();
  readonly #servers: Server[] = [];
  readonly #end = new AbortController();
  #schedule: (request: TableRequest) => Fault | undefined = () => undefined;
  #arrived = 0;
  #clockAheadMs = 0;

  /** @param tableUrl the service's address, the account included */
  constructor(tableUrl: string, options: FaultProxyOptions = {}) {
    this.#forwarder = new Forwarder(tableUrl);
    this.#accountPath = new URL(tableUrl).pathname;
    this.#log = new RequestLog(options.keepRequests ?? Infinity);
  }

  /** Opens one more port. */
  async endpoint(client = 'default'): Promise<ProxyEndpoint> {
    const server = createServer((request, response) => {
      // Whoever goes away under a fault is nobody's failure here; a held request goes on without its sender.
      response.on('error', () => undefined);
      void this.#handle(client, request, response);
    });
    // Longer than any client keeps a connection idle: Node's 5 s would add resets that nobody asked for.
    server.keepAliveTimeout = 120_000;
    this.#servers.push(server);
    const port = await listen(server, 0);
    const tableUrl = `http://127.0.0.1:${port}${this.#accountPath}`;
    return {
      client,
      tableUrl,
      connectionString: emulatorConnectionString(tableUrl),
      refuse: () => close(server),
      accept: async () => {
        await listen(server, port);
      },
    };
  }

  /** Makes requests fail. @returns takes the rule away again */
  inject(rule: FaultRule): () => void {
    return this.#rules.add(rule);
  }

  /** Makes requests fail by rate, beside what was injected; `undefined` stops it. */
  schedule(options: ScheduleOptions | undefined): void {
    this.#schedule = options === undefined ? () => undefined : faultSchedule(options);
  }

  /** Keeps matching requests at a point from now on; the first hold that fits keeps a request. */
  hold(options: HoldOptions): Hold {
    const hold = new Hold(options);
    this.#holds.add(hold);
    return hold;
  }

  /** No more faults; what is held goes on. */
  clear(): void {
    this.#rules.clear();
    this.schedule(undefined);
    for (const hold of this.#holds) hold.release();
    this.#holds.clear();
  }

  /** From now on the service's clock seems to be ahead: every row that stands by then is that much older. */
  setClockAhead(ms: number): void {
    this.#clockAheadMs = ms;
  }

  counts(): RequestCounts {
    return this.#log.counts();
  }

  get requests(): RequestRecord[] {
    return this.#log.records;
  }

  /** Forgets the requests seen so far, and counts from zero. */
  forget(): void {
    this.#log.reset();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    this.clear();
    await Promise.all(this.#servers.map(close));
    this.#forwarder.close();
  }

  async #handle(client: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    if (body === undefined) return;
    this.#arrived += 1;
    const record = this.#log.open(describeRequest(this.#arrived, client, request, body));
    const drawn = this.#rules.draw(record) ?? this.#schedule(record);
    const fault = (await this.#pass('before', record)) ?? drawn;
    if (fault !== undefined) {
      // One empty page is enough: its continuation must give the rows.
      if (fault.type === 'empty-page' && (record.operation !== 'query' || followsEmptyPage(record.url))) {
        return this.#forward(record, request, body, response, undefined);
      }
      this.#log.fault(record, nameOf(fault));
      if (fault.type === 'empty-page') {
        deliverEmptyPage(record.url, response);
        return;
      }
      if (!actsAfter(fault) && (await actBefore(fault, response, this.#end.signal))) return;
    }
    return this.#forward(record, request, body, response, fault);
  }

  async #forward(
    record: RequestRecord,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    record.forwardedAt = Date.now();
    let answer: ServiceAnswer;
    try {
      const told = await this.#forwarder.forward(record.method, record.url, request.headers, body);
      answer = this.#clockAheadMs === 0 ? told : dated(told, this.#clockAheadMs);
    } catch {
      this.#log.fault(record, 'service-gone');
      breakOff(response);
      return;
    }
    this.#log.done(record, answer.status);
    if (record.operation === 'read') noteFound(record, answer);
    const fate = await this.#pass('after', record);
    if (fate !== undefined) this.#log.fault(record, nameOf(fate));
    this.#answer(record, answer, response, fate ?? fault);
  }

  #answer(record: RequestRecord, answer: ServiceAnswer, response: ServerResponse, fault?: Fault): void {
    if (response.destroyed) return;
    if (fault === undefined || !actsAfter(fault)) {
      record.deliveredAt = Date.now();
      deliver(answer, response);
    } else if (fault.type === 'half-answer') deliverHalf(answer, response);
    else if (fault.type === 'status') answerError(fault, response);
    else if (fault.type === 'reset-after') breakOff(response);
  }

  async #pass(point: HoldPoint, record: RequestRecord): Promise<Fault | undefined> {
    for (const hold of this.#holds) {
      const held = hold.pass(point, record);
      if (held !== undefined) return held;
    }
    return undefined;
  }
}

function noteFound(record: RequestRecord, { status, body }: ServiceAnswer): void {
  if (status !== 200) return;
  const { attemptId, state } = parseRow(body) ?? {};
  if (typeof attemptId === 'string' && state === 'claimed') record.foundAttempt = attemptId;
}

async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
