/** What a process holds on to. */
export interface Footprint {
  /** After a forced collection, so that garbage does not count. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Connections and listeners that are open. */
  readonly sockets: number;
}

interface Reply {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** Runs inside the process; JSON, because that is what the inspector hands over by value. */
const MEASURE = `JSON.stringify({
  heapBytes: process.memoryUsage().heapUsed,
  rssBytes: process.memoryUsage().rss,
  sockets: process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe|TLS)/.test(name)).length,
})`;

/** Talks to a process that was started with --inspect, over the Chrome DevTools protocol. */
export class Inspector {
  readonly #socket: WebSocket;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @param url `ws://…`, as the process prints it when it starts */
  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`no inspector answers at ${url}`)));
    });
    return new Inspector(socket);
  }

  async footprint(): Promise<Footprint> {
    // Twice: what the first run finalises, the second one collects.
    await this.#call('HeapProfiler.collectGarbage');
    await this.#call('HeapProfiler.collectGarbage');
    const reply = await this.#call('Runtime.evaluate', { expression: MEASURE, returnByValue: true });
    const value = reply.result?.result?.value;
    if (typeof value !== 'string') throw new Error('the process could not be measured');
    return JSON.parse(value) as Footprint;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string, params: object = {}): Promise<Reply> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      const listen = ({ data }: MessageEvent): void => {
        const reply = JSON.parse(String(data)) as Reply;
        if (reply.id !== id) return;
        this.#socket.removeEventListener('message', listen);
        resolve(reply);
      };
      this.#socket.addEventListener('message', listen);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
