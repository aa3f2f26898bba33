export { allocationRequestSchema } from './allocationRequest.ts';
export { allocationSchema, pendingSchema } from './allocation.ts';
export { historySchema } from './history.ts';
export { locationsSchema, qosSchema } from './locations.ts';
export { healthSchema, readinessSchema } from './operations.ts';
export { problemSchema } from './problem.ts';
