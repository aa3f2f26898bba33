import type { FaultAction, FaultRule } from '../../../local/fleet/faultSchema.ts';

type Point = NonNullable<FaultRule['point']>;

/**
 * What the fleet does wrong in chaos, each as often as the others. The definite refusals (400, 401, 403, 404) are left
 * out: they end a session, and are tested apart.
 */
function actions(fleetTimeoutMs: number): readonly { point: Point; action: FaultAction }[] {
  const retryAfter = '1';
  return [
    { point: 'received', action: { type: 'reset' } },
    { point: 'allocated', action: { type: 'reset' } },
    { point: 'received', action: { type: 'hang' } },
    { point: 'allocated', action: { type: 'hang' } },
    { point: 'received', action: { type: 'delay', minMs: 50, maxMs: fleetTimeoutMs * 1.2 } },
    { point: 'allocated', action: { type: 'delay', minMs: 50, maxMs: fleetTimeoutMs * 1.2 } },
    { point: 'received', action: { type: 'status', status: 408 } },
    { point: 'allocated', action: { type: 'status', status: 409 } },
    { point: 'received', action: { type: 'status', status: 429, retryAfter } },
    { point: 'received', action: { type: 'status', status: 500 } },
    { point: 'allocated', action: { type: 'status', status: 500 } },
    { point: 'allocated', action: { type: 'status', status: 502, retryAfter } },
    { point: 'received', action: { type: 'status', status: 503, retryAfter } },
    { point: 'allocated', action: { type: 'status', status: 504 } },
    { point: 'allocated', action: { type: 'garbage' } },
    { point: 'allocated', action: { type: 'half-body' } },
    { point: 'allocated', action: { type: 'slow-body', ms: fleetTimeoutMs * 1.2 } },
  ];
}

/** Rules that together hit about this share of the calls. */
export function fleetFaultRules(rate: number, fleetTimeoutMs: number): FaultRule[] {
  const all = actions(fleetTimeoutMs);
  return all.map(({ point, action }) => ({ point, action, rate: rate / all.length }));
}
