export { allocationRequestSchema } from './allocationRequest.ts';
export { allocationSchema } from './allocation.ts';
export { locationsSchema, qosSchema } from './locations.ts';
export { pendingSchema } from './pending.ts';
export { problemSchema } from './problem.ts';
