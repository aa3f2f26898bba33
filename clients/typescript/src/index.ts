export { AllocationClient } from './client.ts';
export type { AllocateOptions, ClientOptions, MeasureLocationsOptions } from './client.ts';
export type { CallOptions } from './connection.ts';
export { AllocationError } from './errors.ts';
export type { AllocationErrorCode } from './errors.ts';
export { measureLatencies } from './measure.ts';
export type { MeasureOptions, Probe } from './measure.ts';
export type { AllocationProgress } from './persist.ts';
export type { RetryReason } from './retry.ts';
export type {
  AllocateRequest,
  Allocation,
  Latency,
  Location,
  Pending,
  Player,
  Port,
  Problem,
  ProblemCode,
  Qos,
} from './types.ts';
