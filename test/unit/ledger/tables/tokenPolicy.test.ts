import {
  type PipelineResponse,
  type SendRequest,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { type TokenSource, TokenUnavailableError } from '../../../../lib/identity/tokenSource.ts';
import { tokenPolicy } from '../../../../lib/ledger/tables/tokenPolicy.ts';

/** Sends one request through the policy to a service that answers with these statuses, and tells what it was shown. */
async function send(source: TokenSource, statuses: readonly number[], url = 'https://tables.example/t') {
  const shown: (string | undefined)[] = [];
  const next: SendRequest = (request) => {
    shown.push(request.headers.get('authorization'));
    const status = statuses[shown.length - 1] ?? 599;
    return Promise.resolve({ request, status, headers: createHttpHeaders() } satisfies PipelineResponse);
  };
  const request = createPipelineRequest({ url, abortSignal: AbortSignal.timeout(20_000) });
  const policy = tokenPolicy({ source, from: 'the managed identity' });
  const { status } = await policy.sendRequest(request, next);
  return { status, shown };
}

const good: TokenSource = { get: () => Promise.resolve('token-1') };

it('signs a request with the token', async () => {
  expect(await send(good, [200])).toEqual({ status: 200, shown: ['Bearer token-1'] });
});

it('replaces a token that is refused, once', async () => {
  const source: TokenSource = {
    get: (_, options) => Promise.resolve(options?.refused === 'token-1' ? 'token-2' : 'token-1'),
  };
  expect(await send(source, [401, 201])).toEqual({
    status: 201,
    shown: ['Bearer token-1', 'Bearer token-2'],
  });
  expect(await send(source, [401, 401])).toMatchObject({ status: 401, shown: { length: 2 } });
});

it.each<[string, TokenSource['get']]>([
  ['there is no other', () => Promise.resolve('token-1')],
  [
    'no other can be had',
    (_, options) =>
      options?.refused === undefined ? Promise.resolve('token-1') : Promise.reject(new Error('down')),
  ],
])('leaves a refusal as it is where %s', async (_name, get) => {
  expect(await send({ get }, [401])).toEqual({ status: 401, shown: ['Bearer token-1'] });
});

it('says whose token is missing, in its own words and by the number of the error', async () => {
  const failing = (error: Error) => send({ get: () => Promise.reject(error) }, []);
  await expect(failing(new Error('words of the identity'))).rejects.toThrow(
    /^no token from the managed identity$/,
  );
  await expect(failing(new TokenUnavailableError('words', { code: 'AADSTS700016' }))).rejects.toThrow(
    /^no token from the managed identity \(AADSTS700016\)$/,
  );
});

it('sends no token over plain http', async () => {
  await expect(send(good, [200], 'http://tables.example/t')).rejects.toThrow('plain http');
});
