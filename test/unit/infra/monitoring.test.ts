import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '../../../lib/contract/problem.ts';
import { WITH_ATTEMPT } from '../../../lib/insights/requests.ts';
import { RULES } from '../../../lib/insights/rules.ts';
import { at, deployment, ofType, single, type Deployment } from './deployment.ts';

const ROOT = join(__dirname, '../../..');

function alerts(from: Deployment): Record<string, { query: string; severity: unknown; window: unknown }> {
  return Object.fromEntries(
    ofType(from, 'Microsoft.Insights/scheduledQueryRules').map((rule) => {
      const [criterion] = at(rule, 'criteria.allOf') as { query: string }[];
      const name = rule.name.replace(/^broker-(example|busy|overflow)-/, '');
      const [severity, window] = [at(rule, 'severity'), at(rule, 'windowSize')];
      return [name, { query: criterion?.query ?? '', severity, window }];
    }),
  );
}

function workbook(): {
  queries: Record<string, string>;
  titles: Record<string, string>;
  text: string;
} {
  const text = String(at(single(deployment('default'), 'Microsoft.Insights/workbooks'), 'serializedData'));
  const { items } = JSON.parse(text) as {
    items: { name: string; content: { query?: string; title?: string } }[];
  };
  const member = (key: 'query' | 'title'): Record<string, string> =>
    Object.fromEntries(items.map(({ name, content }) => [name, content[key] ?? '']));
  return { text, queries: member('query'), titles: member('title') };
}

const attempts = 'traces | extend e = parse_json(message) | where e.event == "allocation.attempt"';
const requests = 'traces | extend e = parse_json(message) | where e.event == "allocation.request"';

describe('the alerts', () => {
  it('ask these questions', () => {
    expect(alerts(deployment('default'))).toEqual({
      'no-capacity': {
        query: `${attempts} and e.outcome != "session-ended" | summarize attempts = count(), hits = countif(e.outcome == "no-capacity") | extend percent = 100.0 * hits / attempts | where attempts >= 20 and percent > 5`,
        severity: 2,
        window: 'PT15M',
      },
      'upstream-rejected': {
        query: `${attempts} | where e.outcome == "upstream-rejected"`,
        severity: 1,
        window: 'PT5M',
      },
      'upstream-failed': {
        query: `${attempts} and e.outcome != "session-ended" | summarize attempts = count(), hits = countif(e.outcome == "upstream-failed") | extend percent = 100.0 * hits / attempts | where attempts >= 20 and percent > 5`,
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
      'platform-failed': {
        query:
          'requests | where toint(resultCode) >= 500 and name != "ready"' +
          ' | extend id = tostring(customDimensions.InvocationId)' +
          ' | join kind=leftanti (traces | extend e = parse_json(message) | where e.event in' +
          ' ("allocation.request", "ledger.fault", "auth.unavailable", "settings.invalid", "defect")' +
          ' | project id = tostring(customDimensions.InvocationId)) on id' +
          ' | summarize hits = count() | where hits >= 5',
        severity: 1,
        window: 'PT5M',
      },
      'sweep-silent': {
        query:
          'traces | extend e = parse_json(message) | where e.event == "sweep" | summarize runs = count() | where runs == 0',
        severity: 2,
        window: 'PT15M',
      },
      'prune-silent': {
        query:
          'traces | extend e = parse_json(message) | where e.event == "prune" | summarize runs = count() | where runs == 0',
        severity: 3,
        window: 'PT120M',
      },
      'prune-behind': {
        query:
          'traces | extend e = parse_json(message) | where e.event == "prune" | top 3 by timestamp desc' +
          ' | summarize runs = count(), bounded = countif(tobool(e.bounded)) | where runs == 3 and bounded == 3',
        severity: 3,
        window: 'PT240M',
      },
      'log-cap': {
        query: '_LogOperation | where Category =~ "Ingestion" and Detail contains "OverQuota"',
        severity: 1,
        window: 'PT15M',
      },
    });
  });

  it('watch how many attempts overflow, by game mode, where a mode lists several fleets', () => {
    expect(alerts(deployment('overflow'))['overflow']).toEqual({
      query: `${attempts} | summarize attempts = count(), hits = countif(tobool(e.overflow)) by gameMode = tostring(e.gameMode) | extend percent = 100.0 * hits / attempts | where attempts >= 20 and percent > 20`,
      severity: 3,
      window: 'PT15M',
    });
    expect(alerts(deployment('both-fleets'))).not.toHaveProperty('overflow');
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
    expect(actions('default')).toEqual(Array<unknown[]>(11).fill([]));
    expect(actions('static-token').flat()).toHaveLength(11);
    expect(
      at(single(deployment('static-token'), 'Microsoft.Insights/actionGroups'), 'emailReceivers'),
    ).toEqual([{ name: 'operator-0', emailAddress: 'operators@example.com', useCommonAlertSchema: true }]);
  });

  it('read the log of the app, and of its own limit in the workspace', () => {
    const kinds = ofType(deployment('default'), 'Microsoft.Insights/scheduledQueryRules').map((rule) => [
      rule.name.replace('broker-example-', ''),
      (at(rule, 'scopes') as string[]).map((scope) => scope.split('/').at(-2)),
    ]);
    expect(kinds.filter(([, scope]) => String(scope) !== 'components')).toEqual([
      ['log-cap', ['workspaces']],
    ]);
    expect(kinds).toHaveLength(11);
    const cap = (variant: 'default' | 'private'): unknown =>
      at(single(deployment(variant), 'Microsoft.OperationalInsights/workspaces'), 'workspaceCapping');
    expect([cap('default'), cap('private')]).toEqual([{ dailyQuotaGb: 5 }, { dailyQuotaGb: -1 }]);
  });

  it('fire when nobody answers from outside, at the address that clients call', () => {
    const test = single(deployment('default'), 'Microsoft.Insights/webtests');
    expect(at(test, 'Request')).toMatchObject({ HttpVerb: 'HEAD', ParseDependentRequests: false });
    expect(String(at(test, 'Request.RequestUrl'))).toContain("'{0}/api/health'");
    expect(at(test, 'ValidationRules')).toMatchObject({ ExpectedHttpStatusCode: 200 });
    expect(at(test, 'Locations')).toHaveLength(3);
    const alert = single(deployment('private'), 'Microsoft.Insights/metricAlerts');
    expect([at(alert, 'severity'), at(alert, 'criteria.failedLocationCount')]).toEqual([0, 2]);
    expect(at(alert, 'actions')).toHaveLength(1);
    const without = (['static-token', 'second-region'] as const).map((variant) => deployment(variant));
    expect(without.flatMap((from) => ofType(from, 'Microsoft.Insights/webtests'))).toEqual([]);
  });

  it('warn of what it costs, where somebody wants to hear of it', () => {
    expect(at(single(deployment('private'), 'Microsoft.Consumption/budgets'), 'amount')).toBe(200);
    expect(ofType(deployment('default'), 'Microsoft.Consumption/budgets')).toEqual([]);
  });

  it('know only outcomes that exist', () => {
    const outcomes = new Set(['allocated', 'pending', 'unknown', ...Object.keys(PROBLEMS)]);
    const text = Object.values(alerts(deployment('default')))
      .map(({ query }) => query)
      .join('\n');
    const asked = [...text.matchAll(/e\.outcome (?:==|!=|in) \(?((?:"[^"]+"(?:, )?)+)/g)].flatMap(
      ([, list]) => [...(list ?? '').matchAll(/"([^"]+)"/g)].map(([, outcome]) => outcome ?? ''),
    );
    expect(asked).toHaveLength(10);
    expect(asked.filter((outcome) => !outcomes.has(outcome))).toEqual([]);
  });
});

describe('the workbook', () => {
  it('has these charts, of this app', () => {
    const { queries, text } = workbook();
    expect(Object.keys(queries)).toEqual([
      'heading',
      'parameters',
      'with-failures',
      'refusing',
      'outcomes',
      'answers',
      'time-to-server',
      'fleet-time',
      'regions',
      'preference',
      'game-modes',
      'effort',
      'upstream',
      'failures',
    ]);
    expect(text).not.toContain('__componentId__');
    expect(text).toContain('/providers/Microsoft.Insights/components/appi-broker-');
  });

  it('calls the same things wrong as the page, from the same shares on', () => {
    const { queries, titles } = workbook();
    const shares = [
      ['with-failures', 'attempts', 'outcome', ['allocated', 'pending']],
      ['refusing', 'requests', 'answer', WITH_ATTEMPT],
    ] as const;
    for (const [name, counted, word, usual] of shares) {
      const list = usual.map((each) => `"${each}"`).join(', ');
      expect(queries[name]).toContain(
        `| where ${counted} >= ${RULES.minimum} and percent > ${RULES.percent} and ${word} !in (${list})\n`,
      );
      expect(titles[name]).toContain(
        `: more than ${RULES.percent}% of at least ${RULES.minimum} ${counted} in 5 minutes`,
      );
    }
  });

  it('counts no session that was ended among what failed', () => {
    const { queries } = workbook();
    const counted = (name: string, event: string): number =>
      queries[name]?.split(`| where e.event == "allocation.${event}" and e.outcome != "session-ended"\n`)
        .length ?? 0;
    // Its shares are of the others, too.
    expect([
      counted('with-failures', 'attempt') - 1,
      counted('refusing', 'request') - 1,
      counted('game-modes', 'attempt') - 1,
    ]).toEqual([2, 2, 1]);
    expect(queries['failures']).toContain(
      '| where e.outcome !in ("allocated", "pending", "session-ended")\n',
    );
  });

  it('names its charts as the page does', () => {
    const { titles } = workbook();
    const page = ['ops/index.html', 'ops/tiles.ts', 'lib/insights/now.ts', 'lib/insights/requests.ts']
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n');
    const words = {
      'with-failures': 'Allocating, with failures',
      refusing: 'Refusing requests',
      answers: 'What players saw',
      'time-to-server': 'Total time',
      'fleet-time': 'Fleet time',
      regions: 'Allocated',
      preference: 'First preference met',
      effort: 'Effort',
      upstream: 'What the fleet answered',
      failures: 'Latest attempts',
    };
    for (const [name, word] of Object.entries(words)) {
      expect(page).toMatch(new RegExp(`['>]${word}( p95)?['<]`));
      expect(titles[name]?.startsWith(word)).toBe(true);
    }
  });

  it('lists failures with their fleet and their reason', () => {
    const { failures } = workbook().queries;
    expect(failures).toContain('fleet = tostring(e.fleet)');
    expect(failures).toContain('reason = tostring(e.reason)');
  });
});
