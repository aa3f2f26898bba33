import {
  allocationRequestSchema,
  allocationSchema,
  healthSchema,
  historySchema,
  locationsSchema,
  pendingSchema,
  problemSchema,
  readinessSchema,
} from '../schemas/index.ts';

/** The named schemas of the document: the very objects that requests are validated with. */
export const SCHEMAS = {
  AllocationRequest: allocationRequestSchema,
  Allocation: allocationSchema,
  Pending: pendingSchema,
  Locations: locationsSchema,
  History: historySchema,
  Health: healthSchema,
  Readiness: readinessSchema,
  Problem: problemSchema,
} as const;

export type Schema = keyof typeof SCHEMAS;
