import type { AuthSettings, Caller } from '../../lib/auth/authenticator.ts';
import { createAuthenticator } from '../../lib/auth/createAuthenticator.ts';
import type { Problem } from '../../lib/contract/problem.ts';
import type { BrokerEvent, EventLevel } from '../../lib/events.ts';
import { type Issuer, AUDIENCE, startIssuer } from '../../local/issuer.ts';
import { VirtualClock } from './virtualClock.ts';

export type JwtSettings = Extract<AuthSettings, { mode: 'jwt' }>;

/** One instance's answer to an `Authorization` header. */
export type Authenticate = (authorization: string) => Promise<Caller | Problem>;

/** An issuer, and an instance's two clocks, which a test moves: together, or the wall clock alone. */
export class TokenCaller {
  readonly issuer: Issuer;
  readonly clock = new VirtualClock('2026-11-22T08:15:30.000Z');
  readonly events: (BrokerEvent & { readonly level: EventLevel })[] = [];
  #steppedMs = 0;

  private constructor(issuer: Issuer) {
    this.issuer = issuer;
    const wallMs = this.clock.wallMs.bind(this.clock);
    jest.spyOn(this.clock, 'wallMs').mockImplementation(() => wallMs() + this.#steppedMs);
    // What a library might read instead.
    jest.spyOn(Date, 'now').mockImplementation(() => this.clock.wallMs());
  }

  static async start(): Promise<TokenCaller> {
    return new TokenCaller(await startIssuer());
  }

  /** Sets the wall clock, and nothing else, forward or back. */
  stepWall(ms: number): void {
    this.#steppedMs += ms;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** An instance that has fetched no keys yet. */
  instance(settings: Partial<Record<keyof JwtSettings, unknown>> = {}): Authenticate {
    const { url, jwksUri } = this.issuer;
    const all = { mode: 'jwt', issuer: url, audience: AUDIENCE, jwksUri, ...settings } as JwtSettings;
    const authenticator = createAuthenticator(all, this.clock);
    return (authorization) =>
      authenticator
        .authenticate({ get: (name) => (name === 'authorization' ? authorization : null) }, (level, event) =>
          this.events.push({ level, ...event }),
        )
        .catch((problem: unknown) => problem as Problem);
  }

  /** The issuer's key set from now on. */
  serve(keys: readonly unknown[]): void {
    this.issuer.answers.set('/keys', (_request, response) => response.end(JSON.stringify({ keys })));
  }

  async stop(): Promise<void> {
    jest.restoreAllMocks();
    await this.issuer.close();
  }
}
