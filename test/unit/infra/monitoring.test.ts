import { PROBLEMS } from '../../../lib/contract/problem.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { at, deployment, ofType, single, type Deployment } from './deployment.ts';

type FieldsOf<Name extends BrokerEvent['event']> = keyof Extract<BrokerEvent, { event: Name }>;

// The compiler keeps these lists to the events' own fields.
const ATTEMPT: FieldsOf<'allocation.attempt'>[] = [
  'event',
  'outcome',
  'sessionId',
  'attemptId',
  'gameMode',
  'fleet',
  'region',
  'preferenceRank',
  'fleetCalls',
  'fleetMs',
  'totalMs',
  'upstreamStatus',
  'reason',
];
const REQUEST: FieldsOf<'allocation.request'>[] = ['event', 'outcome', 'status', 'replayed'];

function alerts(from: Deployment): Record<string, { query: string; severity: unknown; window: unknown }> {
  return Object.fromEntries(
    ofType(from, 'Microsoft.Insights/scheduledQueryRules').map((rule) => {
      const [criterion] = at(rule, 'criteria.allOf') as { query: string }[];
      const name = rule.name.replace(/^broker-(example|busy)-/, '');
      const [severity, window] = [at(rule, 'severity'), at(rule, 'windowSize')];
      return [name, { query: criterion?.query ?? '', severity, window }];
    }),
  );
}

function workbook(): { queries: Record<string, string>; text: string } {
  const text = String(at(single(deployment('default'), 'Microsoft.Insights/workbooks'), 'serializedData'));
  const { items } = JSON.parse(text) as { items: { name: string; content: { query?: string } }[] };
  return { text, queries: Object.fromEntries(items.map(({ name, content }) => [name, content.query ?? ''])) };
}

const attempts = 'traces | extend e = parse_json(message) | where e.event == "allocation.attempt"';
const requests = 'traces | extend e = parse_json(message) | where e.event == "allocation.request"';

describe('the alerts', () => {
  it('ask these questions', () => {
    expect(alerts(deployment('default'))).toEqual({
      'no-capacity': {
        query: `${attempts} | summarize attempts = count(), hits = countif(e.outcome == "no-capacity") | extend percent = 100.0 * hits / attempts | where attempts >= 20 and percent > 5`,
        severity: 2,
        window: 'PT15M',
      },
      'upstream-rejected': {
        query: `${attempts} | where e.outcome == "upstream-rejected"`,
        severity: 1,
        window: 'PT5M',
      },
      'upstream-failed': {
        query: `${attempts} | summarize attempts = count(), hits = countif(e.outcome == "upstream-failed") | extend percent = 100.0 * hits / attempts | where attempts >= 20 and percent > 5`,
        severity: 2,
        window: 'PT15M',
      },
      'storage-unavailable': {
        query: `${requests} | where e.outcome == "storage-unavailable" | summarize hits = count() | where hits >= 5`,
        severity: 1,
        window: 'PT5M',
      },
      slow: {
        query: `${attempts} | where e.outcome == "allocated" | summarize attempts = count(), p95 = percentile(todouble(e.totalMs), 95) | where attempts >= 20 and p95 > 5000`,
        severity: 3,
        window: 'PT15M',
      },
      'broker-fault': {
        query: `${requests} | where e.outcome in ("misconfigured", "auth-unavailable", "internal")`,
        severity: 1,
        window: 'PT5M',
      },
    });
  });

  it('send whoever reads of a refusal to its reason, whichever fleet it is', () => {
    const texts = ofType(deployment('default'), 'Microsoft.Insights/scheduledQueryRules').map((rule) =>
      at(rule, 'description'),
    );
    expect(texts).toContain(
      'The fleet refuses the broker: its title, a game mode or its access is set wrong, and no player gets a server ' +
        'there until it is mended. The `reason` in allocation.attempt says what to look at.',
    );
  });

  it('fire when the query answers with a row', () => {
    for (const rule of ofType(deployment('default'), 'Microsoft.Insights/scheduledQueryRules')) {
      expect(at(rule, 'criteria.allOf')).toEqual([
        expect.objectContaining({ timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }),
      ]);
    }
  });

  it('go to the operators where there are any', () => {
    const actions = (variant: 'default' | 'static-token'): unknown[] =>
      ofType(deployment(variant), 'Microsoft.Insights/scheduledQueryRules').map((rule) =>
        at(rule, 'actions.actionGroups'),
      );
    expect(actions('default')).toEqual([[], [], [], [], [], []]);
    expect(actions('static-token').flat()).toHaveLength(6);
    expect(
      at(single(deployment('static-token'), 'Microsoft.Insights/actionGroups'), 'emailReceivers'),
    ).toEqual([{ name: 'operator-0', emailAddress: 'operators@example.com', useCommonAlertSchema: true }]);
  });

  it('know only outcomes that exist', () => {
    const outcomes = new Set(['allocated', 'pending', 'unknown', ...Object.keys(PROBLEMS)]);
    const text = Object.values(alerts(deployment('default')))
      .map(({ query }) => query)
      .join('\n');
    const asked = [...text.matchAll(/e\.outcome (?:==|in) \(?((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, list]) =>
      [...(list ?? '').matchAll(/"([^"]+)"/g)].map(([, outcome]) => outcome ?? ''),
    );
    expect(asked).toHaveLength(8);
    expect(asked.filter((outcome) => !outcomes.has(outcome))).toEqual([]);
  });
});

describe('the workbook', () => {
  it('has these charts, of this app', () => {
    const { queries, text } = workbook();
    expect(Object.keys(queries)).toEqual([
      'heading',
      'parameters',
      'outcomes',
      'answers',
      'time-to-server',
      'fleet-time',
      'regions',
      'preference',
      'game-modes',
      'upstream',
      'failures',
    ]);
    expect(text).not.toContain('__componentId__');
    expect(text).toContain('/providers/Microsoft.Insights/components/appi-broker-');
  });

  it('lists failures with their fleet and their reason', () => {
    const { failures } = workbook().queries;
    expect(failures).toContain('fleet = tostring(e.fleet)');
    expect(failures).toContain('reason = tostring(e.reason)');
  });

  it('and the alerts read only fields that the events have', () => {
    const queries = [
      ...Object.values(alerts(deployment('default'))).map(({ query }) => query),
      ...Object.values(workbook().queries),
    ];
    const unknown = queries.flatMap((query) => {
      const fields: string[] = query.includes('allocation.request') ? REQUEST : ATTEMPT;
      return [...query.matchAll(/\be\.(\w+)/g)]
        .map(([, field]) => field ?? '')
        .filter((field) => !fields.includes(field));
    });
    expect(unknown).toEqual([]);
  });
});
