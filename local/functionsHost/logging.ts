import pc from 'picocolors';
import type { LogCategory, LogLevel } from './rpc.ts';

/** One line of the host's output. Lines of the host itself carry neither function nor invocation. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly function?: string;
  readonly invocationId?: string;
}

export type Log = (line: LogLine) => void;

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

const LABELS: Readonly<Record<LogLevel, string>> = {
  trace: pc.gray('trace'),
  debug: pc.gray('debug'),
  information: pc.cyan('info '),
  warning: pc.yellow('warn '),
  error: pc.red('error'),
  critical: pc.red('crit '),
  none: 'none ',
};

/** Writes lines to stdout: for people, or as one JSON object per line. Times are UTC. */
export function createLog(json: boolean): Log {
  return (line) => {
    const time = new Date().toISOString();
    const text = json ? JSON.stringify({ time, ...line }) : readable(time, line);
    process.stdout.write(`${text}\n`);
  };
}

function readable(time: string, line: LogLine): string {
  const name = line.function === undefined ? '' : `${pc.bold(line.function)}  `;
  return `${pc.dim(time.slice(11, 23))} ${LABELS[line.level]} ${name}${line.message}`;
}

/** A level as host.json spells it (any case), or undefined if it is none of them. */
export function parseLevel(text: unknown): LogLevel | undefined {
  const lower = typeof text === 'string' ? text.toLowerCase() : '';
  return Object.hasOwn(SEVERITY, lower) ? (lower as LogLevel) : undefined;
}

/**
 * The filter of host.json's `logging.logLevel`: the longest configured prefix of the line's category decides; the
 * runtime's default is Information.
 */
export function createFilter(
  levels: Readonly<Record<string, LogLevel>>,
): (functionName: string, category: LogCategory, level: LogLevel) => boolean {
  return (functionName, category, level) => {
    const full = `Function.${functionName}${category === 'user' ? '.User' : ''}`;
    const prefix = Object.keys(levels)
      .filter((key) => full === key || full.startsWith(`${key}.`))
      .reduce((longest, key) => (key.length > longest.length ? key : longest), '');
    const least = levels[prefix] ?? levels['default'] ?? 'information';
    return SEVERITY[level] >= SEVERITY[least];
  };
}

/** What an operator needs of a thrown value: its stack if it has one. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
