import type { SimulatedTime } from './simulatedTime.ts';

/** What the service is taken to do. All but the last two are its published targets; those are assumptions. */
export const SERVICE = {
  /** Requests a second, of the whole account. */
  accountASecond: 20_000,
  /** Entities a second, of one partition. Each row of a transaction is counted: the most pessimistic reading. */
  partitionASecond: 2_000,
  /** A query answers with what it has by then. */
  queryMs: 5_000,
  /** One operation, there and back. */
  operationMs: 8,
  /** Rows that a query looks at, whether they match or not. */
  rowsLookedAtASecond: 20_000,
};

/** Storage transactions of one allocation, its replays included: docs/performance.md, 4 players who come late. */
const TRANSACTIONS_AN_ALLOCATION = 16;
/** Of these, in the history's partition of the hour: opened and closed. */
const HISTORY_WRITES_AN_ALLOCATION = 2;

/** Lets each request pass when the service would: after those before it, and beside what the players need. */
export class ServiceLimits {
  requests = 0;
  readonly #time: SimulatedTime;
  readonly #accountMs: number;
  readonly #playersInHour: number;
  #accountFreeMs = 0;
  readonly #partitionFreeMs = new Map<string, number>();

  /** @param allocationsAnHour the players' load, which has its share first */
  constructor(time: SimulatedTime, allocationsAnHour: number) {
    this.#time = time;
    const allocationsASecond = allocationsAnHour / 3_600;
    this.#accountMs = 1_000 / (SERVICE.accountASecond - allocationsASecond * TRANSACTIONS_AN_ALLOCATION);
    this.#playersInHour = allocationsASecond * HISTORY_WRITES_AN_ALLOCATION;
  }

  /** A request for one row that has its partition to itself. */
  async point(): Promise<void> {
    await this.#time.until(this.#start() + SERVICE.operationMs);
  }

  /**
   * A request to a partition of the history.
   *
   * @param entities as the partition counts them
   * @param rowsLookedAt of a query
   */
  async partition(partitionKey: string, entities: number, rowsLookedAt = 0): Promise<void> {
    const isCurrent = partitionKey === new Date(this.#time.wallMs()).toISOString().slice(0, 13);
    const aSecond = SERVICE.partitionASecond - (isCurrent ? this.#playersInHour : 0);
    const startMs = Math.max(this.#start(), this.#partitionFreeMs.get(partitionKey) ?? 0);
    this.#partitionFreeMs.set(partitionKey, startMs + (1_000 * entities) / aSecond);
    const lookingMs = (1_000 * rowsLookedAt) / SERVICE.rowsLookedAtASecond;
    await this.#time.until(startMs + SERVICE.operationMs + lookingMs);
    if (this.#partitionFreeMs.size > 100) this.#partitionFreeMs.clear();
  }

  /** A query over many partitions. */
  async scan(rowsLookedAt: number): Promise<void> {
    const lookingMs = (1_000 * rowsLookedAt) / SERVICE.rowsLookedAtASecond;
    await this.#time.until(this.#start() + SERVICE.operationMs + lookingMs);
  }

  #start(): number {
    this.requests += 1;
    const startMs = Math.max(this.#time.wallMs(), this.#accountFreeMs);
    this.#accountFreeMs = startMs + this.#accountMs;
    return startMs;
  }
}
