import { Command, InvalidArgumentError, Option } from 'commander';
import { FLEETS } from '../../lib/fleets/fleet.ts';
import { type Effort, type UpstreamStatus, EFFORTS } from '../../lib/contract/attempt.ts';
import { type Outcome, OUTCOMES } from '../../lib/contract/outcomes.ts';
import { guid } from '../../local/flags.ts';
import {
  FILTER_NAME,
  filterName,
  UPSTREAM_STATUS,
  upstreamStatus,
} from '../../lib/contract/historyRequest.ts';
import { DEFAULT_SINCE, mistakeOfPeriod, parseTime } from '../../lib/contract/historyTime.ts';

export const FORMATS = ['table', 'json', 'csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

/** The command's options as they were given. Times are milliseconds since the epoch. */
export interface Options {
  readonly since?: number;
  readonly until?: number;
  readonly outcome?: Outcome;
  readonly region?: string;
  readonly gameMode?: string;
  readonly fleet?: string;
  readonly session?: string;
  readonly upstreamStatus?: UpstreamStatus;
  readonly effort?: Effort;
  /** `Infinity`: all. */
  readonly limit?: number;
  readonly follow?: true;
  readonly summary?: true;
  readonly format: Format;
  readonly connection?: string;
  readonly endpoint?: string;
}

/** What the command's exit codes mean; `--help` says the same. */
export const EXIT = { ok: 0, fault: 1, usage: 2, nothing: 3 } as const;

const HELP = `
Where the tables are, the first that is given:
  --connection, --endpoint, BrokerStorage or BrokerStorage__tableServiceUri in the environment, and else the local
  stack that runs from this folder (npm start).

Exit codes:
  0  attempts were found, or the following was ended with Ctrl-C
  1  the tables could not be read
  2  the command line is wrong
  3  nothing was found

Examples:
  Who got no server in the last two hours:
    $ npm run history -- --since 2h --outcome no-capacity
  Which attempts needed several calls of the fleet today:
    $ npm run history -- --since 1d --effort several
  What happened to one session, from its first attempt on:
    $ npm run history -- --session 3536d3e6-e85d-4f47-b898-9617d19dabcd
  Rates and times of a day, read with the account that "az login" signed in:
    $ npm run history -- --since 1d --summary --endpoint https://brokertables.table.core.windows.net
  What happens now:
    $ npm run history -- --follow
  All of an evening, for a spreadsheet (npm's own lines left out):
    $ npm run --silent history -- --since 2026-11-22T18:00Z --until 2026-11-23T00:00Z --limit all --format csv > evening.csv

NO_COLOR in the environment switches the colours off. All times are UTC.`;

/** The command line of `npm run history`; throws commander's own errors instead of ending the process. */
export function historyCommand(nowMs: number, run: (options: Options) => Promise<void>): Command {
  const command = new Command('npm run history --')
    .description('Shows which sessions asked for a server, what came of it, and why.')
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help shows the options and examples)')
    .exitOverride()
    .action(async (options: Options) => {
      const { follow, summary, format, session } = options;
      if (follow && format === 'json') command.error('error: --follow prints table, csv or ndjson');
      if (summary && (format === 'csv' || format === 'ndjson')) {
        command.error('error: --summary prints table or json');
      }
      // What is followed has no end.
      const mistake = follow ? undefined : mistakeOfPeriod(options, session !== undefined, nowMs);
      if (mistake !== undefined) command.error(`error: --${mistake.name} must be ${mistake.expected}`);
      await run(options);
    });
  for (const option of [...filters(nowMs), ...views(), ...sources()]) command.addOption(option);
  return command;
}

function filters(nowMs: number): readonly Option[] {
  const time = (text: string): number => {
    const parsed = parseTime(text, nowMs);
    if (typeof parsed === 'number') return parsed;
    throw new InvalidArgumentError(`It must be ${parsed.expected}.`);
  };
  return [
    new Option(
      '--since <time>',
      `from when on: 90m, 2h, 3d ago, or ISO 8601 (default: ${DEFAULT_SINCE.period}; with --session ${DEFAULT_SINCE.session})`,
    ).argParser(time),
    new Option('--until <time>', 'up to when, in the same forms (default: now)').argParser(time),
    new Option('--outcome <name>', 'only attempts that ended so; ended: sessions that were ended').choices(
      OUTCOMES,
    ),
    new Option(
      '--region <name>',
      'only hosts in this region; only letters and digits are compared',
    ).argParser(name),
    new Option('--game-mode <name>', 'only this game mode').argParser(name),
    new Option('--fleet <name>', 'only attempts that asked this fleet').choices(FLEETS),
    new Option(
      '--upstream-status <n>',
      'only attempts whose last answer of the fleet had this status, or "none"',
    ).argParser(status),
    new Option(
      '--effort <name>',
      'only attempts with several fleet calls, those of sessions that had one before (takeover), or those that asked ' +
        'another fleet after one without a free server (overflow)',
    ).choices(EFFORTS),
    new Option('--session <id>', 'all attempts of one session, in detail').argParser(guid),
  ];
}

function views(): readonly Option[] {
  return [
    new Option(
      '--limit <n>',
      'the most attempts to show, or "all" (default: 50; with --session all; with --summary a sample, where there are many)',
    ).argParser(limit),
    new Option(
      '--follow',
      'show attempts as they end, from now on, or from --since on; --limit: the most at once',
    ).conflicts(['until', 'summary', 'session']),
    new Option(
      '--summary',
      'the period in figures: outcomes, preferences, fleet times by region, and by fleet where there are two, overflows by game mode where there are any',
    ).conflicts('session'),
    new Option('--format <name>', 'how to print').choices(FORMATS).default('table'),
  ];
}

function sources(): readonly Option[] {
  return [
    new Option('--connection <string>', "connection string of the broker's storage account").conflicts(
      'endpoint',
    ),
    new Option(
      '--endpoint <url>',
      "address of the broker's tables, read with the account of the Azure CLI",
    ).argParser(httpsUrl),
  ];
}

function limit(text: string): number {
  if (text === 'all') return Infinity;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number above 0, or "all".');
  return Number(text);
}

function name(text: string): string {
  const named = filterName(text);
  if (named !== undefined) return named;
  throw new InvalidArgumentError(`It must be ${FILTER_NAME}.`);
}

function status(text: string): UpstreamStatus {
  const found = upstreamStatus(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`It must be ${UPSTREAM_STATUS}.`);
}

/** A token of Entra is never sent over http. */
function httpsUrl(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') {
    throw new InvalidArgumentError(
      'It must be an address such as https://brokertables.table.core.windows.net.',
    );
  }
  return text;
}
