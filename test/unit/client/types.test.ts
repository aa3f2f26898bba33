/** The client's types against the schemas that the broker validates with: tsc fails when they differ. */
import type { FromSchema } from 'json-schema-to-ts';
import type * as client from '../../../clients/typescript/src/index.ts';
import type { ProblemCode } from '../../../lib/contract/problem.ts';
import type { allocationRequestSchema } from '../../../lib/contract/schemas/allocationRequest.ts';
import type { allocationSchema, pendingSchema } from '../../../lib/contract/schemas/allocation.ts';
import type { locationsSchema } from '../../../lib/contract/schemas/locations.ts';
import type { problemSchema } from '../../../lib/contract/schemas/problem.ts';

type ReadonlyAll<T> = T extends object ? { readonly [Name in keyof T]: ReadonlyAll<T[Name]> } : T;
// Identity, not assignability: a type that lacks an optional member is assignable both ways.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the parameter is what compares
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Both flattened first: an intersection or an interface is not "the same" as its members to the compiler. */
type Agree<A, B> = Same<ReadonlyAll<A>, ReadonlyAll<B>>;
type Wire<Schema> = Schema extends Readonly<Record<string, unknown>> ? FromSchema<Schema> : never;

type Request = Wire<typeof allocationRequestSchema>;

const agreements: {
  allocation: Agree<client.Allocation, Wire<typeof allocationSchema>>;
  pending: Agree<client.Pending, Wire<typeof pendingSchema>>;
  problem: Agree<client.Problem, Wire<typeof problemSchema>>;
  problemCode: Agree<client.ProblemCode, ProblemCode>;
  locations: Agree<{ readonly locations: readonly client.Location[] }, Wire<typeof locationsSchema>>;
  /** The client makes a session id where it is given none. */
  request: Agree<Omit<client.AllocateRequest, 'sessionId'>, Omit<Request, 'sessionId'>>;
} = { allocation: true, pending: true, problem: true, problemCode: true, locations: true, request: true };

test('each type of the client is the one of its schema', () => {
  expect(Object.values(agreements)).toEqual([true, true, true, true, true, true]);
});
