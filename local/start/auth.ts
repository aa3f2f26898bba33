import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIENCE, type Issuer, startIssuer, tokenOf } from '../issuer.ts';
import { orFree } from '../ports.ts';

/** `--auth`: callers are asked for the function key, for a token, or for a token of the one session (a ticket). */
export const AUTH_MODES = ['key', 'jwt', 'ticket'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

const ISSUER_PORT = 7073;
const CLAIMS = { sessionClaim: 'session', gameModeClaim: 'mode' };
/** A working day: nobody who tries things out is to be stopped by it. */
const TOKEN_SECONDS = 12 * 3_600;

/** Those that ask for a key of their own. */
const KEYED = ['allocations', 'endings', 'history', 'ready'] as const;

/** Who may call the local broker. */
export interface LocalAuth {
  /** What the broker's settings say of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Absent: as in Core Tools, nobody is asked for a key. */
  readonly keys?: KeyFile;
  readonly issuer?: Issuer;
  /** Where the issuer gives one more token. */
  readonly tokenUrl?: string;
  /** Whether the key of the function `allocations` is asked for. */
  readonly asksForKey: boolean;
  /** The headers with which a player may ask for this session. */
  headersFor(sessionId: string, gameMode: string): Promise<Readonly<Record<string, string>>>;
  /** The headers with which a backend may end a session; absent: it needs a token of the shell's own issuer. */
  readonly enderHeaders?: Readonly<Record<string, string>>;
}

/** The keys, and the file in which the host reads them. */
export interface KeyFile {
  readonly path: string;
  readonly master: string;
  /** The key of each function that asks for one. */
  readonly functions: Readonly<Record<(typeof KEYED)[number], string>>;
}

/**
 * Prepares what `--auth` says. Without it a BROKER_AUTH in the shell decides, and the keys of the functions are asked
 * for as in Azure.
 *
 * @param folder where the keys are kept, so that a page remembers them from one start to the next
 */
export async function prepareAuth(
  mode: AuthMode | undefined,
  shell: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<LocalAuth> {
  if (mode === undefined && !shell['BROKER_AUTH']) {
    return { settings: {}, asksForKey: false, headersFor: () => Promise.resolve({}), enderHeaders: {} };
  }
  const keys = keyFile(folder);
  if (mode === 'jwt' || mode === 'ticket') return tokenAuth(keys, mode);
  const settings = mode === 'key' ? { BROKER_AUTH: JSON.stringify({ mode }) } : {};
  // Not before the build: on a fresh clone it makes part of what this imports.
  const { authLevelFor, endingsAuthLevelFor } = await import('../../lib/config/registration.ts');
  const all = { ...shell, ...settings };
  const asksForKey = authLevelFor(all) === 'function';
  const headers = asksForKey ? { 'x-functions-key': keys.functions.allocations } : {};
  return {
    settings,
    keys,
    asksForKey,
    headersFor: () => Promise.resolve(headers),
    ...(endingsAuthLevelFor(all) === 'function' && { enderHeaders: endingsKey(keys) }),
  };
}

const endingsKey = ({ functions }: KeyFile): Record<string, string> => ({
  'x-functions-key': functions.endings,
});

async function tokenAuth(keys: KeyFile, mode: 'jwt' | 'ticket'): Promise<LocalAuth> {
  const issuer = await startIssuer(await orFree(ISSUER_PORT));
  const claims = mode === 'ticket' ? CLAIMS : {};
  const setting = { mode: 'jwt', issuer: issuer.url, audience: AUDIENCE, ...claims };
  return {
    settings: { BROKER_AUTH: JSON.stringify(setting) },
    keys,
    issuer,
    tokenUrl: `${issuer.url}token${mode === 'ticket' ? '?session=<id>&mode=duel' : ''}`,
    asksForKey: false,
    enderHeaders: endingsKey(keys),
    async headersFor(session, gameMode) {
      const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
      const ticket = mode === 'ticket' ? { session, mode: gameMode } : {};
      return { authorization: `Bearer ${await tokenOf(issuer, { claims: { exp, ...ticket } })}` };
    },
  };
}

function keyFile(folder: string): KeyFile {
  const path = join(folder, 'keys.json');
  const key = (): string => randomBytes(24).toString('base64url');
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<StoredKeys>) : {};
  // A file of an earlier version lacks the keys of functions that came later.
  const functions = Object.fromEntries(
    KEYED.map((name) => [name, kept.functions?.[name] ?? { default: key() }]),
  ) as StoredKeys['functions'];
  const keys = { master: key(), host: { default: key() }, ...kept, functions };
  writeFileSync(path, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  const { allocations, endings, history, ready } = functions;
  return {
    path,
    master: keys.master,
    functions: {
      allocations: allocations.default,
      endings: endings.default,
      history: history.default,
      ready: ready.default,
    },
  };
}

/** As the host reads it. */
interface StoredKeys {
  readonly master: string;
  readonly host: { readonly default: string };
  readonly functions: Readonly<Record<(typeof KEYED)[number], { readonly default: string }>>;
}
