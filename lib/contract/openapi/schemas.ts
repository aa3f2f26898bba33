import { allocationRequestSchema } from '../schemas/allocationRequest.ts';
import { allocationSchema, pendingSchema } from '../schemas/allocation.ts';
import { healthSchema, readinessSchema } from '../schemas/operations.ts';
import { historySchema } from '../schemas/history.ts';
import { locationsSchema } from '../schemas/locations.ts';
import { requestCountsSchema } from '../schemas/requestCounts.ts';
import { stockSchema } from '../schemas/stock.ts';
import { problemSchema } from '../schemas/problem.ts';

/** The named schemas of the document: the very objects that requests are validated with. */
export const SCHEMAS = {
  AllocationRequest: allocationRequestSchema,
  Allocation: allocationSchema,
  Pending: pendingSchema,
  Locations: locationsSchema,
  History: historySchema,
  RequestCounts: requestCountsSchema,
  Stock: stockSchema,
  Health: healthSchema,
  Readiness: readinessSchema,
  Problem: problemSchema,
} as const;

export type Schema = keyof typeof SCHEMAS;
