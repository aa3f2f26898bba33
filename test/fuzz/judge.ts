import { Ajv2020 } from 'ajv/dist/2020.js';
import { PROBLEMS } from '../../lib/contract/problem.ts';
import { allocationSchema, pendingSchema } from '../../lib/contract/schemas/allocation.ts';
import { problemSchema } from '../../lib/contract/schemas/problem.ts';
import type { FuzzAnswer } from './wire.ts';

/** Who made an answer: the broker's code, the platform before it ran (an empty body), or nobody. */
export type Origin = 'broker' | 'platform' | 'nobody';

export interface Judgement {
  readonly origin: Origin;
  /** For the count: the status, and the problem's code where there is one. */
  readonly label: string;
  /** What is wrong with it; empty when nothing is. */
  readonly faults: readonly string[];
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const isAllocation = ajv.compile(allocationSchema);
const isPending = ajv.compile(pendingSchema);
const isProblem = ajv.compile(problemSchema);

/** By whom, what, and whether it is as the contract's table says. */
export function judge(
  { status, headers, text }: FuzzAnswer,
  canaries: readonly string[],
  isHead: boolean,
): Judgement {
  if (status === undefined) return { origin: 'nobody', label: 'no answer', faults: [] };
  const leaks = canaries.filter(
    (canary) => text.includes(canary) || JSON.stringify(headers).includes(canary),
  );
  const leaked = leaks.map((canary) => `the answer holds ${canary}`);
  // The broker's own answers all carry it; the platform's carry nothing.
  if (headers['x-content-type-options'] === undefined) {
    const faults = [
      ...(status >= 500 && status !== 501 && status !== 505
        ? [`the platform answered ${status}: an error escaped`]
        : []),
      ...(text === '' ? [] : ['a body without the headers of the broker']),
    ];
    return { origin: 'platform', label: `${status} (platform)`, faults: [...faults, ...leaked] };
  }
  if (status === 204 && text === '' && headers['allocation-end'] !== undefined) {
    return { origin: 'broker', label: '204', faults: leaked };
  }
  if (isHead) {
    const faults = text === '' ? [] : ['a body under HEAD'];
    return { origin: 'broker', label: `${status} HEAD`, faults: [...faults, ...leaked] };
  }
  const { label, faults } = judgeBody(status, String(headers['content-type'] ?? ''), text);
  return { origin: 'broker', label, faults: [...faults, ...leaked] };
}

function judgeBody(
  status: number,
  type: string,
  text: string,
): { readonly label: string; readonly faults: readonly string[] } {
  if (type === 'application/problem+json') return judgeProblem(status, text);
  const label = String(status);
  if (status === 304 || (status === 200 && type.startsWith('text/html'))) return { label, faults: [] };
  if (status !== 200 && status !== 201 && status !== 202)
    return { label, faults: [`${status} is no problem`] };
  const value = parsed(text);
  if (value === undefined) return { label, faults: [`${status} is not JSON`] };
  const isSession = typeof value === 'object' && value !== null && 'sessionId' in value;
  if (!isSession && status === 200) return { label, faults: [] };
  const isOfSchema = status === 202 ? isPending(value) : isAllocation(value);
  return { label, faults: isOfSchema ? [] : [`${status} is not of its schema`] };
}

function judgeProblem(status: number, text: string): { label: string; faults: string[] } {
  const value = parsed(text);
  if (!isProblem(value))
    return { label: `${status} (unknown)`, faults: ['a problem that does not fit the schema'] };
  const { code } = value as { readonly code: keyof typeof PROBLEMS };
  const faults = [
    ...(PROBLEMS[code].status === status ? [] : [`${code} with status ${status}`]),
    ...(status === 500 ? ['a defect of the broker'] : []),
  ];
  return { label: `${status} ${code}`, faults };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
