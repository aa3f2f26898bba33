import type { TableRequest } from './tableRequest.ts';

/** What became of a request. Times are milliseconds since the epoch. */
export interface RequestRecord extends TableRequest {
  fault?: string;
  /** Absent: it never reached the service. */
  forwardedAt?: number;
  /** When the service had done it, and what it said. */
  doneAt?: number;
  status?: number;
  /** `attemptId` of the claim that a point read found: of a session that was let go it says nothing. */
  foundAttempt?: string;
  /** The service's own answer was handed on whole. */
  deliveredAt?: number;
}

export interface RequestCounts {
  readonly requests: number;
  /** By method and table: `PUT brokersessions`. */
  readonly byKind: Readonly<Record<string, number>>;
  readonly byFault: Readonly<Record<string, number>>;
  /** By the service's status. */
  readonly byStatus: Readonly<Record<string, number>>;
}

/** The requests seen; the oldest are dropped first when there are too many, the counts are of all. */
export class RequestLog {
  readonly #most: number;
  readonly #records = new Map<number, RequestRecord>();
  #requests = 0;
  #byKind: Record<string, number> = {};
  #byFault: Record<string, number> = {};
  #byStatus: Record<string, number> = {};

  constructor(most: number) {
    this.#most = most;
  }

  open(request: TableRequest): RequestRecord {
    const record: RequestRecord = { ...request };
    this.#requests += 1;
    increase(this.#byKind, `${request.method} ${request.table}`);
    this.#records.set(request.id, record);
    if (this.#records.size > this.#most) {
      const [oldest] = this.#records.keys();
      if (oldest !== undefined) this.#records.delete(oldest);
    }
    return record;
  }

  fault(record: RequestRecord, name: string): void {
    record.fault = record.fault === undefined ? name : `${record.fault}+${name}`;
    increase(this.#byFault, name);
  }

  done(record: RequestRecord, status: number): void {
    record.doneAt = Date.now();
    record.status = status;
    increase(this.#byStatus, String(status));
  }

  get records(): RequestRecord[] {
    return [...this.#records.values()];
  }

  counts(): RequestCounts {
    const [byKind, byFault, byStatus] = [{ ...this.#byKind }, { ...this.#byFault }, { ...this.#byStatus }];
    return { requests: this.#requests, byKind, byFault, byStatus };
  }

  reset(): void {
    this.#records.clear();
    this.#requests = 0;
    this.#byKind = {};
    this.#byFault = {};
    this.#byStatus = {};
  }
}

function increase(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
