/** What test/support/kusto/run.ts knows of the language, against what the reference says of it. */
import { type Row, run } from '../../support/kusto/kusto.ts';

const traces = [
  { timestamp: '2026-11-22T07:00:00.000Z', message: '{"event":"a","n":1,"ok":true}' },
  { timestamp: '2026-11-22T07:02:00.000Z', message: '{"event":"b","n":2.5}' },
  { timestamp: '2026-11-22T07:01:00.000Z', message: 'no JSON at all' },
];
const requests = [
  { name: 'x', resultCode: '500' },
  { name: 'y', resultCode: '' },
];

const events = 'traces | extend e = parse_json(message)';

it('answers as the reference says', () => {
  const queries: [string, readonly Row[]][] = [
    [`${events} | where e.event == "a" | project n = toint(e.n), ok = tobool(e.ok)`, [{ n: 1, ok: true }]],
    // What a row does not have is null: equal to no value, and different from every value.
    [`${events} | where e.event != "a" | summarize n = count()`, [{ n: 2 }]],
    [`${events} | where e.event in ("b", "c") | project event = tostring(e.event)`, [{ event: 'b' }]],
    [`${events} | where isnotempty(tostring(e.event)) | summarize n = count()`, [{ n: 2 }]],
    [`${events} | where todouble(e.n) > 1 | summarize n = count()`, [{ n: 1 }]],
    [`${events} | where message contains "JSON AT" | summarize n = count()`, [{ n: 1 }]],
    [`${events} | where message =~ "No Json At All" | summarize n = count()`, [{ n: 1 }]],
    // Of no rows there is a summary too.
    ['_LogOperation | summarize n = count(), m = countif(Category == "x")', [{ n: 0, m: 0 }]],
    // The quotient of whole numbers is whole.
    ['traces | summarize n = count() | extend a = n / 2, b = 1.0 * n / 2', [{ n: 3, a: 1, b: 1.5 }]],
    [
      'traces | top 2 by timestamp desc | project timestamp',
      [{ timestamp: '2026-11-22T07:02:00.000Z' }, { timestamp: '2026-11-22T07:01:00.000Z' }],
    ],
    [`${events} | summarize p = percentile(todouble(e.n), 50)`, [{ p: 1 }]],
    ['requests | where toint(resultCode) >= 500 and name != "y" | project name', [{ name: 'x' }]],
    [
      'requests | join kind=leftanti (requests | where name == "x" | project name) on name',
      [requests[1] ?? {}],
    ],
  ];
  const answers = run(queries.map(([query]) => ({ query, tables: { traces, requests } })));
  expect(answers).toEqual(queries.map(([, rows]) => rows));
});

it.each([
  ['traces | top 1 by timestamp asc', 'not known here: TopOperator top 1 by timestamp asc'],
  ['traces | summarize n = count() by message', 'not known here: SummarizeOperator'],
  ['traces | where timestamp > ago(1h)', 'not known here: FunctionCallExpression ago(1h)'],
  ['traces | where nothing == 1', "The name 'nothing' does not refer to any known column"],
])('refuses what it does not know: %s', (query, reason) => {
  expect(() => run([{ query, tables: { traces } }])).toThrow(reason);
});
