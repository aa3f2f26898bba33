export { allocationRequestSchema } from './allocationRequest.ts';
export { allocationSchema } from './allocation.ts';
export { healthSchema } from './health.ts';
export { historySchema } from './history.ts';
export { locationsSchema, qosSchema } from './locations.ts';
export { pendingSchema } from './pending.ts';
export { problemSchema } from './problem.ts';
export { readinessSchema } from './readiness.ts';
