import type { AnsweredOutcome, EndedOutcome, EndFleet } from './contract/outcomes.ts';
import type { FleetAnswer } from './fleets/fleet.ts';
import type { PruneReport, SweepReport } from './ledger/upkeep/reports.ts';

/** What was being done when the tables did not answer as they should. */
export type LedgerStep =
  | 'claim'
  | 'charge'
  | 'open-history'
  | 'close-history'
  | 'release'
  | 'give-back'
  | 'leave-hints'
  | 'read-hints'
  | 'end'
  | 'move'
  | 'history'
  | UpkeepStep;

/** What one call of the fleet came to. */
export type FleetCallAnswer = FleetAnswer['kind'];

/** What the timers do. */
export type UpkeepStep = 'sweep' | 'prune';

/** Why a token is refused: there is none, or what jose found wrong with it, in its stable codes. */
export type TokenRefusal =
  | 'no bearer token'
  | 'ERR_JOSE_ALG_NOT_ALLOWED'
  | 'ERR_JOSE_NOT_SUPPORTED'
  | 'ERR_JOSE_GENERIC'
  | 'ERR_JWKS_MULTIPLE_MATCHING_KEYS'
  | 'ERR_JWKS_NO_MATCHING_KEY'
  | 'ERR_JWS_INVALID'
  | 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'
  | `ERR_JWT_CLAIM_VALIDATION_FAILED (${'aud' | 'exp' | 'iat' | 'iss' | 'nbf' | 'typ'})`
  | 'ERR_JWT_EXPIRED'
  | 'ERR_JWT_INVALID';

/**
 * What the broker reports to its operators: one event is one line of JSON in the log, with a stable name and stable
 * fields (docs/operating.md lists them), so that a platform can chart and alert on it. Never a token, a cookie, a
 * player id or upstream text.
 */
export type BrokerEvent =
  | {
      readonly event: 'allocation.attempt';
      readonly outcome: EndedOutcome;
      readonly sessionId: string;
      readonly attemptId: string;
      readonly gameMode: string;
      readonly fleet: string;
      readonly generation: number;
      readonly takeover: boolean;
      /** Whether a fleet was dry, and another one was asked after it. */
      readonly overflow: boolean;
      readonly region?: string | undefined;
      readonly preferenceRank?: number | undefined;
      readonly fleetCalls: number;
      readonly fleetMs: number;
      readonly totalMs: number;
      readonly upstreamStatus?: number | undefined;
      /** What an operator should look at. */
      readonly reason?: string | undefined;
    }
  | {
      readonly event: 'allocation.request';
      readonly outcome: AnsweredOutcome;
      readonly status: number;
      readonly replayed: boolean;
      /** How many requests the line stands for: those that got a host come in numbers, and are counted. */
      readonly requests: number;
      /** Of the last of them. */
      readonly totalMs: number;
      readonly sessionId?: string | undefined;
    }
  | {
      /** None of the names that the players sent is on offer: the locations were in configured order. */
      readonly event: 'hints.ignored';
      readonly sessionId: string;
      readonly attemptId: string;
      readonly gameMode: string;
      /** At most five, each cut and printable. */
      readonly names: readonly string[];
    }
  | {
      /** A caller's measurements, too late for the window in which its session's callers were gathered. */
      readonly event: 'hints.late';
      readonly sessionId: string;
      /** How many players the caller measured for. */
      readonly players: number;
    }
  | {
      /** Written before the call is sent, so that the log has it of a broker that dies in the call. */
      readonly event: 'fleet.asking';
      readonly sessionId: string;
      readonly attemptId: string;
      /** 1: the attempt's first, of whichever fleet. */
      readonly call: number;
      /** As the settings name it. */
      readonly fleet: string;
      readonly leaseLeftMs: number;
      /** How long the call may take. */
      readonly budgetMs: number;
      /** The trace context that the call carries: finds it in the fleet's own log. */
      readonly traceparent?: string | undefined;
    }
  | {
      readonly event: 'fleet.call';
      readonly sessionId: string;
      readonly attemptId: string;
      readonly call: number;
      readonly fleet: string;
      readonly answer: FleetCallAnswer;
      readonly ms: number;
      readonly upstreamStatus?: number | undefined;
    }
  | {
      readonly event: 'ledger.fault';
      readonly step: LedgerStep;
      readonly sessionId?: string | undefined;
      readonly reason: string;
    }
  | {
      readonly event: 'session.ended';
      readonly sessionId: string;
      /** A pseudonym, or what the caller showed that it may. */
      readonly by: string;
      /** What the fleet said of the host; `pending`: the sweep asks it again. */
      readonly fleet: EndFleet | 'pending';
      readonly fleetCalls: number;
      readonly fleetMs: number;
      readonly totalMs: number;
      readonly upstreamStatus?: number | undefined;
      /** What an operator should look at. */
      readonly reason?: string | undefined;
    }
  | { readonly event: 'auth.refused'; readonly reason: TokenRefusal }
  /** The signing keys cannot be fetched: nobody gets in. */
  | { readonly event: 'auth.unavailable'; readonly reason: string }
  /** A key of the issuer's that no token can be verified with; once for each fetched set. */
  | {
      readonly event: 'auth.unusable-key';
      /** The issuer's name for it, cut and printable. */
      readonly kid?: string | undefined;
      readonly reason: string;
    }
  | ({ readonly event: 'sweep' } & SweepReport)
  | ({ readonly event: 'prune' } & PruneReport)
  | { readonly event: 'settings.invalid'; readonly reason: string }
  | { readonly event: 'settings.unknown'; readonly reason: string }
  | { readonly event: 'settings.renamed'; readonly reason: string }
  | { readonly event: 'defect'; readonly reason: string; readonly stack?: string };

export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where events go; the functions give the invocation's own log. */
export type EventSink = (level: EventLevel, event: BrokerEvent) => void;
