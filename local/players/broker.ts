import type { ClientOptions } from '../../clients/typescript/src/index.ts';
import type { RunningStack } from '../runningStack.ts';

/** Which broker is asked, and with what in the hand. */
export interface BrokerFlags {
  readonly url?: string;
  readonly functionKey?: string;
  readonly token?: string;
  readonly gameMode: string;
}

export interface BrokerFound {
  /** Without /api. */
  readonly url: string;
  /** For one session: where the local stack signs tokens, each session has its own. */
  readonly clientFor: (sessionId: string) => ClientOptions;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The broker that the flags or the environment name, else the one of the stack that runs in this folder, which also says
 * what it asks callers for.
 */
export function findBroker(flags: BrokerFlags, env: Env, stack: RunningStack | undefined): BrokerFound {
  const port = env['PORT'];
  const named = flags.url ?? (port === undefined ? undefined : `http://127.0.0.1:${port}`);
  const url = named ?? stack?.url ?? 'http://127.0.0.1:7071';
  // Credentials of the local stack are for nobody else.
  const local = stack?.url === url ? stack : undefined;
  const functionKey = flags.functionKey ?? env['BROKER_FUNCTION_KEY'] ?? local?.functionKey;
  const bearerToken = flags.token ?? env['BROKER_TOKEN'];
  const issuer = bearerToken === undefined ? local?.issuer : undefined;
  return {
    url,
    clientFor: (sessionId) => ({
      baseUrl: url,
      ...(functionKey !== undefined && { functionKey }),
      ...(bearerToken !== undefined && { bearerToken }),
      ...(issuer !== undefined && { getToken: () => tokenOf(issuer, sessionId, flags.gameMode) }),
    }),
  };
}

/** The issuer of the local stack gives no token; the message says so. */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError';
}

/** @throws NoTokenError */
async function tokenOf(issuer: string, session: string, mode: string): Promise<string> {
  const query = new URLSearchParams({ session, mode }).toString();
  try {
    const response = await fetch(`${issuer}token?${query}`);
    if (response.ok) return (await response.text()).trim();
    throw new Error(`status ${response.status}`);
  } catch (error) {
    throw new NoTokenError(`The issuer at ${issuer} gives no token: is the stack still running?`, {
      cause: error,
    });
  }
}
