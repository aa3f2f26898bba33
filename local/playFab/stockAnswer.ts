import type { Answer } from '../fleet/protocol.ts';
import type { FleetState } from '../fleet/state.ts';
import { dataAnswer } from './envelope.ts';
import { azureRegion } from './regions.ts';

/**
 * What GetBuild answers, as far as servers are counted: the pools are those of every build. A server that is not Active
 * yet is counted as Propping, although PlayFab's propping servers have no session: the simulator has no others.
 */
export function renderBuild(fleet: FleetState, build: string): Answer {
  return dataAnswer({
    BuildId: build,
    BuildName: 'simulated',
    BuildStatus: 'Deployed',
    RegionConfigurations: fleet.stock().map(({ location, standingBy, starting, active }) => ({
      CurrentServerStats: {
        Active: active,
        Propping: starting,
        StandingBy: standingBy,
        Total: active + starting + standingBy,
      },
      MaxServers: active + starting + standingBy,
      Region: azureRegion(location),
      StandbyServers: standingBy,
      Status: 'Deployed',
    })),
  });
}

/** What GetBuildAlias answers: here the alias itself stands for the build behind it. */
export function renderAlias(alias: string): Answer {
  return dataAnswer({
    AliasId: alias,
    AliasName: 'simulated',
    BuildSelectionCriteria: [{ BuildWeightDistribution: { [alias]: 1 } }],
  });
}
