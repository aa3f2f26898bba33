import type { Body } from '../../http/body.ts';
import { validatePlayFabAlias, validatePlayFabBuild } from '../../generated/validators.js';
import { type TokenCallOutcome, tokenReason } from '../authorisedCall.ts';
import type { FleetStock, LocationStock } from '../fleet.ts';
import { buildParams } from './build.ts';

/** The endpoints of the Multiplayer API that the stock is read from. */
type Endpoint = 'GetBuild' | 'GetBuildAlias';

/** Calls one of them. */
export type Ask = (endpoint: Endpoint, body: object) => Promise<TokenCallOutcome>;

/** Says what to look at, without upstream text. */
class StockUnknown extends Error {
  override readonly name = 'StockUnknown';
}

/** What an operator looks at, by the status that refused. */
const CHECKS: ReadonlyMap<number, string> = new Map([
  [401, ': check that PLAYFAB_SECRET_KEY is of PLAYFAB_TITLE_ID'],
  [403, ': check that the API policy of the title lets the title itself read its builds'],
  [404, ': check the buildId or buildAliasId in BROKER_GAME_MODES'],
  [429, ': PlayFab limits how often it may be asked'],
]);

/**
 * The servers of a build, or of all the builds that get sessions of an alias, by region.
 *
 * @param target as {@link buildParams} reads it
 * @param tokenLate says what to look at when no token could be had in time
 */
export async function playFabStock(target: string, ask: Ask, tokenLate: string): Promise<FleetStock> {
  const answerTo = async (endpoint: Endpoint, body: object): Promise<unknown> =>
    valueOf(endpoint, await ask(endpoint, body), tokenLate);
  try {
    const params = buildParams(target);
    const builds =
      'BuildId' in params
        ? [params.BuildId]
        : buildsOf(await answerTo('GetBuildAlias', { AliasId: params.BuildAliasParams.AliasId }));
    const answers = await Promise.all(builds.map((BuildId) => answerTo('GetBuild', { BuildId })));
    return { kind: 'known', locations: summed(answers.flatMap(regionsOf)) };
  } catch (error) {
    if (error instanceof StockUnknown) return { kind: 'failed', reason: error.message };
    throw error;
  }
}

function valueOf(endpoint: Endpoint, outcome: TokenCallOutcome, tokenLate: string): unknown {
  switch (outcome.kind) {
    case 'no-token':
      throw new StockUnknown(tokenReason(outcome.error, tokenLate));
    case 'not-sent':
      throw new StockUnknown(outcome.reason);
    case 'lost':
      throw new StockUnknown(`${endpoint} of PlayFab gave no answer (${outcome.reason}).`);
    case 'answered': {
      const { status, body } = outcome;
      if (status === 200) return jsonIn(endpoint, body);
      throw new StockUnknown(`${endpoint} of PlayFab answered ${status}${CHECKS.get(status) ?? ''}.`);
    }
  }
}

function jsonIn(endpoint: Endpoint, body: Body): unknown {
  if (body.kind === 'json') return body.value;
  throw unreadable(endpoint);
}

const unreadable = (endpoint: Endpoint): StockUnknown =>
  new StockUnknown(`The answer of PlayFab's ${endpoint} is not of its schema.`);

/** A build with the weight 0 gets no session. */
function buildsOf(answer: unknown): readonly string[] {
  if (!validatePlayFabAlias(answer)) throw unreadable('GetBuildAlias');
  const weights = answer.data.BuildSelectionCriteria.flatMap(({ BuildWeightDistribution: each }) =>
    Object.entries(each),
  );
  return [...new Set(weights.filter(([, weight]) => weight > 0).map(([buildId]) => buildId))];
}

/** Member by member: what is not named here stays here. */
function regionsOf(answer: unknown): readonly LocationStock[] {
  if (!validatePlayFabBuild(answer)) throw unreadable('GetBuild');
  return answer.data.RegionConfigurations.map(({ Region: region, CurrentServerStats: stats }) =>
    stats === undefined || stats === null
      ? { region }
      : {
          region,
          servers: { standingBy: stats.StandingBy, active: stats.Active, propping: stats.Propping },
        },
  );
}

/** One entry a region, in the order in which they came: builds of one alias are in the same regions. */
function summed(regions: readonly LocationStock[]): readonly LocationStock[] {
  return [...Map.groupBy(regions, ({ region }) => region)].map(([region, entries]) => {
    const counts = entries.flatMap(({ servers }) => (servers === undefined ? [] : [servers]));
    if (counts.length === 0) return { region };
    const sum = (name: keyof (typeof counts)[number]): number =>
      counts.reduce((total, servers) => total + servers[name], 0);
    return {
      region,
      servers: { standingBy: sum('standingBy'), active: sum('active'), propping: sum('propping') },
    };
  });
}
