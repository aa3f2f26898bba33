import { HOST } from './answer.ts';
import { bodyOf, type Seen } from './broker.ts';
import type { Case, Expected } from './case.ts';
import type { Ended, Line } from './driver.ts';
import { judgeRequests } from './judgeRequests.ts';

/** What happened in a case. Times are `performance.now()`. */
export interface Observed extends Ended {
  readonly seen: readonly Seen[];
  readonly seenElsewhere: readonly Seen[];
  readonly resumedMs?: number;
}

/** Timers of busy machines are late. */
const SLACK_MS = 2_000;
const AFTER_SUSPENSION_MS = 10_000;
const WAITING_BEFORE_END_MS = 1_000;

/** The rules that were broken, one sentence each; `unsupported` when the client has no such operation. */
export function judge(scene: Case, observed: Observed): string[] | 'unsupported' {
  if (observed.crash !== undefined) return [`The driver ${observed.crash}`];
  const last = observed.lines.at(-1);
  if (last === undefined) return ['The driver printed no line.'];
  if (last.content['unsupported'] === true) return 'unsupported';
  return [
    ...judgeResult(scene.expect, last.content, observed.seen),
    ...judgeTime(scene, last, observed),
    ...judgeWaiting(scene.expect, observed.lines, last),
    ...judgeRequests(scene, observed.seen),
    ...(observed.seenElsewhere.length === 0
      ? []
      : ['It sent a request to the host that it was redirected to.']),
  ];
}

function judgeResult(expected: Expected, content: Line['content'], seen: readonly Seen[]): string[] {
  const result = ['host', 'problem', 'pending', 'none'].find((name) => name in content) ?? 'nothing';
  if (result !== expected.result) {
    return [`The result should be a ${expected.result}: ${JSON.stringify(content)}`];
  }
  if (result === 'host') return judgeHost(content['host'], seen);
  if (result !== 'problem') return [];
  const { code, message } = content['problem'] as { code?: unknown; message?: unknown };
  const text = String(message).toLowerCase();
  return [
    ...(expected.code === undefined || code === expected.code
      ? []
      : [`The code should be ${expected.code}: ${String(code)}`]),
    ...(expected.message ?? [])
      .filter((part) => !text.includes(part.toLowerCase()))
      .map((part) => `The message should contain “${part}”: ${String(message)}`),
    ...(/<html|<h1/.test(text) ? [`The message should hold no HTML: ${String(message)}`] : []),
  ];
}

function judgeHost(host: unknown, seen: readonly Seen[]): string[] {
  const { hostName, ports, sessionId } = (host ?? {}) as Record<string, unknown>;
  const port = (Array.isArray(ports) ? (ports[0] as { port?: unknown } | undefined) : undefined)?.port;
  const asked = (bodyOf(seen.at(-1)?.body ?? Buffer.of()) as { sessionId?: unknown } | undefined)?.sessionId;
  return [
    ...(hostName === HOST.hostName && port === HOST.ports[0]?.port
      ? []
      : [`The host should be ${HOST.hostName}:${HOST.ports[0]?.port}: ${JSON.stringify(host)}`]),
    ...(asked === undefined || asked === sessionId
      ? []
      : [`The host is of another session: ${String(sessionId)}`]),
  ];
}

function judgeTime(scene: Case, { atMs, content }: Line, { resumedMs }: Observed): string[] {
  if (resumedMs !== undefined) {
    const tookMs = atMs - resumedMs;
    if (tookMs < 0) return ['It ended before it was resumed: the case has shown nothing.'];
    return tookMs <= AFTER_SUSPENSION_MS
      ? []
      : [`After the suspension it took ${Math.round(tookMs)} ms to end.`];
  }
  const ms = content['ms'];
  if (typeof ms !== 'number') return ['The line has no ms.'];
  const limitMs = scene.expect.withinMs ?? scene.deadlineMs + SLACK_MS;
  return ms <= limitMs ? [] : [`It took ${Math.round(ms)} ms, and may take ${limitMs} ms.`];
}

function judgeWaiting({ waiting }: Expected, lines: readonly Line[], last: Line): string[] {
  if (waiting === undefined) return [];
  const inTime = lines.filter(({ atMs }) => atMs <= last.atMs - WAITING_BEFORE_END_MS);
  const texts = inTime.flatMap(({ content: { waiting: text } }) => (typeof text === 'string' ? [text] : []));
  return texts.some((text) => text.toLowerCase().includes(waiting.toLowerCase()))
    ? []
    : [`While it waits it should say why, with “${waiting}”: ${texts[0] ?? 'it said nothing'}`];
}
