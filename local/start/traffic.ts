import pc from 'picocolors';

/** What a terminal or a file is to this module. */
export interface Screen {
  /** A terminal, on which a line can be written anew. */
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What a host of the broker prints, made quiet. */
export interface Traffic {
  /** Takes one line of a host that prints JSON. */
  line(text: string): void;
  /** Prints what has come since the last time; nothing where nothing has. */
  print(): void;
}

interface HostLine {
  readonly level: string;
  readonly message: string;
  readonly function?: string;
}

interface Event {
  readonly event?: string;
  readonly outcome?: string;
  readonly replayed?: boolean;
  readonly requests?: number;
  readonly sessionId?: string;
}

const WORTH_A_LINE = ['warning', 'error', 'critical'];

/**
 * Counts the requests that a host's log speaks of, instead of printing each; a warning or an error is printed the first
 * time. What the terminal shows stays in sight that way: the line to paste, and the page's address.
 *
 * @param sessionId the session, in lower case, of which every event is printed
 */
export function quietTraffic(screen: Screen, sessionId?: string): Traffic {
  let counts = new Map<string, number>();
  let inAll = 0;
  const printed = new Set<string>();
  const say = (text: string): void => void screen.write(screen.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
  return {
    line(raw) {
      const line = read(raw) as HostLine | undefined;
      if (line === undefined) {
        say(raw);
        return;
      }
      const event: Event = read(line.message) ?? {};
      if (event.event === 'allocation.request') {
        const name = event.replayed === true ? 'replayed' : (event.outcome ?? 'unknown');
        counts.set(name, (counts.get(name) ?? 0) + (event.requests ?? 1));
      }
      const text = `${line.function ?? ''}  ${line.message}`;
      if (sessionId !== undefined && event.sessionId === sessionId) {
        say(`${paint(line.level)}  ${text}`);
        return;
      }
      if (!WORTH_A_LINE.includes(line.level)) return;
      const kind = [line.level, event.event ?? line.message, event.outcome].join(' ');
      if (printed.has(kind)) return;
      printed.add(kind);
      say(`${paint(line.level)}  ${text}  ${pc.dim('(all: --verbose)')}`);
    },
    print() {
      if (counts.size === 0) return;
      const now = [...counts].reduce((sum, [, count]) => sum + count, 0);
      inAll += now;
      const kinds = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
      const line = `requests  ${now} in the last second (${kinds}), ${inAll} in all`;
      screen.write(screen.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
      counts = new Map();
    },
  };
}

function paint(level: string): string {
  if (!WORTH_A_LINE.includes(level)) return pc.cyan(level);
  return level === 'warning' ? pc.yellow(level) : pc.red(level);
}

/** Undefined for what is no JSON object. */
function read(text: string): object | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
