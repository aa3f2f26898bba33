/** NCRONTAB as the Functions host reads it, which parses with NCrontab 3.4 (CrontabSchedule, with seconds). */

const DAY_MS = 86_400_000;
/** What .NET's Int32 holds: the host's parser counts in it. */
const MOST = 2 ** 31 - 1;
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'second', least: 0, most: 59 },
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of the week', least: 0, most: 6, words: DAYS },
];

/** When a timer fires, in UTC. Times are milliseconds since the epoch. */
export class Schedule {
  /** What each field allows, ascending. */
  readonly #fields: readonly (readonly number[])[];

  constructor(fields: readonly (readonly number[])[]) {
    this.#fields = fields;
  }

  /** The first occurrence after this time; undefined: it never fires, as on the 31st of February. */
  next(afterMs: number): number | undefined {
    return this.#search(Math.floor(afterMs / 1_000) * 1_000 + 1_000, 1);
  }

  /** The last occurrence before this time. */
  previous(beforeMs: number): number | undefined {
    return this.#search(Math.ceil(beforeMs / 1_000) * 1_000 - 1_000, -1);
  }

  /** From this time on, itself included. Day of the month, month and day of the week must all match. */
  #search(fromMs: number, step: 1 | -1): number | undefined {
    const [seconds = [], minutes = [], hours = [], days = [], months = [], weekdays = []] = this.#fields;
    const [first = 32] = days;
    // In 400 years each date falls on each day of the week, the 29th of February too.
    if (!months.some((month) => first <= new Date(Date.UTC(2000, month, 0)).getUTCDate())) return undefined;
    const inOrder = (values: readonly number[]): readonly number[] =>
      step === 1 ? values : values.toReversed();
    for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; ; dayMs += step * DAY_MS) {
      const date = new Date(dayMs);
      if (!months.includes(date.getUTCMonth() + 1) || !days.includes(date.getUTCDate())) continue;
      if (!weekdays.includes(date.getUTCDay())) continue;
      for (const hour of inOrder(hours)) {
        for (const minute of inOrder(minutes)) {
          const minuteMs = dayMs + (hour * 60 + minute) * 60_000;
          const found = inOrder(seconds).find((second) => (minuteMs + second * 1_000 - fromMs) * step >= 0);
          if (found !== undefined) return minuteMs + found * 1_000;
        }
      }
    }
  }
}

/** The expression cannot be read, or never fires; the message does not repeat it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/**
 * Reads a timer expression of six fields.
 *
 * @throws ScheduleError for what the host refuses, for what makes its parser throw, and for five fields: the host would
 *   take the first for minutes
 */
export function parseSchedule(text: string): Schedule {
  const texts = text.split(' ').filter((part) => part !== '');
  if (texts.length !== FIELDS.length) {
    throw new ScheduleError('expected six fields of NCRONTAB, the first of which is seconds');
  }
  return new Schedule(FIELDS.map((field, index) => valuesOf(field, texts[index] ?? '')));
}

function valuesOf(field: Field, text: string): readonly number[] {
  // A leading comma separates nothing for the host, and is then no number.
  const parts = text.startsWith(',') ? [text] : text.split(',');
  return [...new Set(parts.flatMap((part) => rangeOf(field, part)))].sort((a, b) => a - b);
}

/** `*`, `5`, `1-5`, each with `/step` or without; a range may be written backwards, and a step below 1 is 1. */
function rangeOf(field: Field, part: string): readonly number[] {
  const slash = part.indexOf('/');
  const stepped = slash > 0;
  const step = stepped ? Math.max(1, numberOf(field, part.slice(slash + 1))) : 1;
  const range = stepped ? part.slice(0, slash) : part;
  const dash = range.indexOf('-');
  const ends =
    range === '*'
      ? [field.least, field.most]
      : dash > 0
        ? [valueOf(field, range.slice(0, dash)), valueOf(field, range.slice(dash + 1))]
        : [valueOf(field, range), stepped ? field.most : valueOf(field, range)];
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  const inside = from >= field.least && to <= field.most;
  // The host's loop runs past the largest number, and throws.
  if (!inside || from - field.least + step > MOST) throw mistakeOf(field);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

/** A number, or the beginning of a word: `sun`, `sunday`, and `s` is the first that begins so. */
function valueOf(field: Field, text: string): number {
  if (/^[0-9]/.test(text)) return numberOf(field, text);
  const index = (field.words ?? []).findIndex((word) => text !== '' && word.startsWith(text.toLowerCase()));
  if (index < 0) throw mistakeOf(field);
  return field.least + index;
}

/** As .NET's Int32.Parse reads it. */
function numberOf(field: Field, text: string): number {
  const number = /^[\t-\r ]*[+-]?[0-9]+[\t-\r ]*$/.test(text) ? Number(text) : NaN;
  if (!(number >= -MOST - 1 && number <= MOST)) throw mistakeOf(field);
  return number;
}

function mistakeOf({ name, least, most, words }: Field): ScheduleError {
  const names = words === undefined ? '' : ', or English names';
  return new ScheduleError(
    `${name}: expected *, numbers from ${least} to ${most}${names}, ranges such as ${least}-${least + 1}, or lists of these, each with a /step or without`,
  );
}
