/**
 * The part of the worker's interface (`@azure/functions-core`) that HTTP and timer functions use. The types are
 * written down here because the module exists only inside the Functions runtime: no package carries it.
 */

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type LogCategory = 'user' | 'system' | 'customMetric';

export interface NullableString {
  value: string;
}

export interface RpcHttpRequest {
  method: string;
  url: string;
  nullableHeaders: Record<string, NullableString>;
  nullableQuery: Record<string, NullableString>;
  nullableParams: Record<string, NullableString>;
  body?: { bytes: Uint8Array };
}

export interface RpcCookie {
  name: string;
  value: string;
  domain?: NullableString;
  path?: NullableString;
  expires?: { value: { seconds: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  /** `none` means that the attribute was not given; `explicitNone` is SameSite=None. */
  sameSite: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: { value: number };
}

export interface RpcHttpResponse {
  statusCode: string;
  headers: Record<string, string>;
  cookies: RpcCookie[];
  body?: { bytes?: Uint8Array; string?: string } | null;
}

export interface Binding {
  type: string;
  direction: 'in' | 'out' | 'inout';
  /** httpTrigger */
  authLevel?: string;
  methods?: string[];
  route?: string;
  /** timerTrigger */
  schedule?: string;
  runOnStartup?: boolean;
}

export type Bindings = Record<string, Binding>;

export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Bindings;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface InvocationRequest {
  invocationId: string;
  inputData: { name: string; data: { http: RpcHttpRequest } | { json: string } }[];
  triggerMetadata: Record<string, never>;
  traceContext?: { traceParent?: string; traceState?: string };
}

export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  /** The library reads it to tell a hook's log line from one of a promise nobody awaited. */
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(
    context: unknown,
    result: unknown,
  ): Promise<{ returnValue?: { http?: RpcHttpResponse } | null }>;
}

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}
