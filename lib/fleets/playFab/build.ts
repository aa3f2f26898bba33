/** The servers of a game mode: of one build, or of those that an alias stands for. */
export interface BuildSetting {
  readonly buildId?: string | undefined;
  readonly buildAliasId?: string | undefined;
}

/** What RequestMultiplayerServer is given of it. */
export type BuildParams =
  { readonly BuildId: string } | { readonly BuildAliasParams: { readonly AliasId: string } };

/** No build has it: ids are GUIDs. */
const ALIAS = 'alias:';

/** A mode's build in one word, as a session's row keeps it; `undefined`: the mode has none. */
export function buildTarget({ buildId, buildAliasId }: BuildSetting): string | undefined {
  if (buildId !== undefined) return buildId;
  return buildAliasId === undefined ? undefined : ALIAS + buildAliasId;
}

/** The same again, as the request has it. */
export function buildParams(target: string): BuildParams {
  return target.startsWith(ALIAS)
    ? { BuildAliasParams: { AliasId: target.slice(ALIAS.length) } }
    : { BuildId: target };
}
