import type { IncomingHttpHeaders } from 'node:http';
import type { FleetState, Host } from './state.ts';

export interface IncomingCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, or a value to be sent as JSON. */
  readonly body: unknown;
  /** What marks this very answer among all others, for the report. */
  readonly mark?: string;
}

/** What a call is about, as far as it shows; faults, holds and the report go by it even when the call is refused. */
export interface CallSubject {
  readonly sessionId?: string | undefined;
  /** The build asked for, where the fleet gives a session another host for another build. */
  readonly build?: string | undefined;
  readonly locations: readonly string[];
  readonly cookie?: string | undefined;
  readonly authorized: boolean;
}

/** What the fleet answers a caller who may have a host. */
export type FleetAnswer =
  | { readonly kind: 'host'; readonly host: Host }
  | { kind: 'starting' }
  /** `hasPool`: whether the fleet has any of the locations at all. */
  | { kind: 'no-capacity'; hasPool: boolean };

/**
 * A call the protocol answers by itself (a refusal, or another of its endpoints), or a request for a host, with how its
 * answer is written.
 */
export type Reading =
  | {
      readonly kind: 'reply';
      readonly subject: CallSubject;
      /** A function where the answer depends on what the fleet has by then, or changes it. */
      readonly reply: Answer | ((fleet: FleetState) => Answer);
    }
  | {
      kind: 'request';
      subject: CallSubject & { sessionId: string };
      render: (answer: FleetAnswer) => Answer;
    };

/** The wire format of one fleet API, all that a simulator brings: pools, faults and the report are shared. */
export interface FleetProtocol {
  readonly name: string;
  /**
   * Paths of its endpoints that are asked for something other than a host: a token, the stock, a host's end. Calls of
   * them are asides: listed and counted apart, and hit only by the faults and holds that name their path.
   */
  readonly asides?: ReadonlySet<string>;
  read(call: IncomingCall): Reading;
}
