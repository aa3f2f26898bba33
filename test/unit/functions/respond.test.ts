import type { InvocationContext } from '@azure/functions';
import { answering, eventSink } from '../../../functions/respond.ts';

const lines: string[] = [];
const log = (line: string): void => void lines.push(line);
const context = {
  invocationId: 'b9f0c2d1-0000-4000-8000-000000000001',
  debug: log,
  info: log,
  warn: log,
  error: log,
} as unknown as InvocationContext;

beforeEach(() => lines.splice(0));

it.each([
  ['an Error', new TypeError('canary in the message', { cause: new Error('canary in the cause') })],
  ['an object', { secret: 'canary' }],
  ['a string', 'canary'],
  ['nothing', undefined],
])('a defect that throws %s is a problem, and tells where without saying what', async (_name, thrown) => {
  // Code below may throw anything at all.
  const failing = () => Promise.resolve().then(() => throwing(thrown));
  const answer = await answering(failing)({} as never, context);
  expect(answer).toMatchObject({
    status: 500,
    headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/problem+json' },
  });
  expect(JSON.parse(answer.body as string)).toMatchObject({
    code: 'internal',
    retryable: true,
    instance: 'b9f0c2d1-0000-4000-8000-000000000001',
  });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'defect' });
  expect(JSON.stringify([answer, lines])).not.toContain('canary');
});

it('writes an event as one line of JSON that no terminal obeys', () => {
  const reason = 'BROKER_\u001b[2J\u009b31m\u202e\u2028\ud800: unknown';
  eventSink(context)('warn', { event: 'settings.unknown', reason });
  expect(lines).toEqual([
    String.raw`{"event":"settings.unknown","reason":"BROKER_\u001b[2J\u009b31m\u202e\u2028` +
      '\ufffd: unknown"}',
  ]);
});

function throwing(thrown: unknown): never {
  throw thrown as Error;
}
