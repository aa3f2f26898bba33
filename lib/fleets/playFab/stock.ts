import { validatePlayFabAlias, validatePlayFabBuild } from '../../generated/validators.js';
import type { TokenCallOutcome } from '../authorisedCall.ts';
import type { FleetStock, LocationStock } from '../fleet.ts';
import { type Ask, refused, unanswered, unreadable } from './ask.ts';
import { buildParams } from './build.ts';

/** The endpoints that the stock is read from. */
type Endpoint = 'GetBuild' | 'GetBuildAlias';

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
  if (outcome.kind !== 'answered') throw new StockUnknown(unanswered(endpoint, outcome, tokenLate));
  const { status, body } = outcome;
  if (status !== 200) throw new StockUnknown(refused(endpoint, status, CHECKS));
  if (body.kind !== 'json') throw new StockUnknown(unreadable(endpoint));
  return body.value;
}

/** A build with the weight 0 gets no session. */
function buildsOf(answer: unknown): readonly string[] {
  if (!validatePlayFabAlias(answer)) throw new StockUnknown(unreadable('GetBuildAlias'));
  const weights = answer.data.BuildSelectionCriteria.flatMap(({ BuildWeightDistribution: each }) =>
    Object.entries(each),
  );
  return [...new Set(weights.filter(([, weight]) => weight > 0).map(([buildId]) => buildId))];
}

/** Member by member: what is not named here stays here. */
function regionsOf(answer: unknown): readonly LocationStock[] {
  if (!validatePlayFabBuild(answer)) throw new StockUnknown(unreadable('GetBuild'));
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
