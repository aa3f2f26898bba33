import type { FromSchema } from 'json-schema-to-ts';
import { matchSchema, pointSchema } from './faultSchema.ts';
import { reader } from './inputSchema.ts';

const poolsSchema = {
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 0 },
} as const;

const resetSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    pools: poolsSchema,
    activationMs: { type: 'number', minimum: 0, maximum: 600_000 },
    firstCall: { type: 'string', enum: ['wait', 'conflict'] },
    seed: { type: 'integer' },
    maxCalls: { type: 'integer', minimum: 1 },
  },
} as const;

const holdSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['point'],
  properties: { match: matchSchema, point: pointSchema },
} as const;

const releaseSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { holdId: { type: 'integer' }, callId: { type: 'integer' } },
} as const;

export type PoolCounts = FromSchema<typeof poolsSchema>;
/** What a reset changes; members left out keep what the simulator was started with. */
export type ResetOptions = FromSchema<typeof resetSchema>;
export type HoldRequest = FromSchema<typeof holdSchema>;
export type ReleaseRequest = FromSchema<typeof releaseSchema>;

export const readPools = reader(poolsSchema);
export const readReset = reader(resetSchema);
export const readHold = reader(holdSchema);
export const readRelease = reader(releaseSchema);
