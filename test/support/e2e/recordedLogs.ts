/**
 * A broker's log as Application Insights keeps it. What the Functions host makes of a line and of a call is in
 * ApplicationInsightsLogger and WebJobsTelemetryInitializer of azure-webjobs-sdk: the line is the message as it is, a call
 * is named as its function, its code is text, and both name the invocation in the same property.
 */
import type { Row } from '../kusto/kusto.ts';
import type { LogLine } from './broker.ts';

const SEVERITY: Readonly<Record<string, number>> = { debug: 0, information: 1, warning: 2, error: 3 };

/** Rows of `traces`. What the host writes for itself belongs to no invocation. */
export function tracesOf(log: readonly LogLine[]): readonly Row[] {
  return log.map(({ time, level, message, invocationId }) => ({
    ...{ timestamp: time, message, severityLevel: SEVERITY[level], itemCount: 1 },
    customDimensions: invocationId === undefined ? {} : { InvocationId: invocationId },
  }));
}

/** A row of `requests`. */
export function requestRow(status: number, invocationId: string, name = 'allocations'): Row {
  return {
    ...{ timestamp: new Date().toISOString(), name, resultCode: String(status), itemCount: 1 },
    customDimensions: { InvocationId: invocationId },
  };
}
