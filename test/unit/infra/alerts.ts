/** The alerts as the template deploys them, asked at one moment of what the tables hold. */
import { at, deployment, ofType } from './deployment.ts';
import { type Row, type Run, run } from '../../support/kusto/kusto.ts';

/** Some of the tables: what is left out has no rows. */
export type Tables = Run['tables'];

const ALERTS = new Map(
  ofType(deployment('default'), 'Microsoft.Insights/scheduledQueryRules').map((rule) => {
    const [criterion] = at(rule, 'criteria.allOf') as { query: string }[];
    const minutes = Number(/^PT(\d+)M$/.exec(String(at(rule, 'windowSize')))?.[1]);
    return [rule.name.replace('broker-example-', ''), { query: criterion?.query ?? '', minutes }];
  }),
);

/** When they are asked. */
const NOW_MS = Date.parse('2026-11-22T08:00:00Z');

const timeOf = (minutesAgo: number): string => new Date(NOW_MS - minutesAgo * 60_000).toISOString();

/** The same rows, as if all of them had been written so long before the alerts are asked. */
export function ago(minutes: number, rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({ ...row, timestamp: timeOf(minutes), TimeGenerated: timeOf(minutes) }));
}

/** For each of the cases, which alerts fire. An alert sees the rows of its window alone, and fires when it finds any. */
export function firing(cases: readonly Tables[]): readonly (readonly string[])[] {
  const names = [...ALERTS.keys()];
  const verdicts = ask(cases.flatMap((tables) => names.map((name) => ({ name, tables }))));
  return cases.map((_, index) => names.filter((_name, place) => verdicts[index * names.length + place]));
}

/** For each of the cases, whether this alert fires. */
export function fires(name: string, cases: readonly Tables[]): readonly boolean[] {
  return ask(cases.map((tables) => ({ name, tables })));
}

function ask(asked: readonly { readonly name: string; readonly tables: Tables }[]): readonly boolean[] {
  const runs = asked.map(({ name, tables }) => {
    const alert = ALERTS.get(name);
    if (alert === undefined) throw new Error(`no alert ${name}`);
    return { query: alert.query, tables: seen(alert.minutes, tables) };
  });
  return run(runs).map((rows) => rows.length > 0);
}

function seen(minutes: number, tables: Tables): Tables {
  const inWindow = ({ timestamp }: Row): boolean => String(timestamp) > timeOf(minutes);
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.filter(inWindow)]));
}
