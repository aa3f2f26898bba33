/** The conformance kit: what it must notice, it notices. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PROBLEMS as KIT_PROBLEMS } from '../../../clients/conformance/answer.ts';
import { PROBLEMS } from '../../../lib/contract/problem.ts';

const ROOT = join(__dirname, '../../..');

/** What the kit says of a client in some cases: the exit code, and the broken rules of each case. */
function conformance(client: string, cases: readonly string[]): Promise<{ code: number; broken: unknown }> {
  const flags = ['--json', '--client', client, ...cases.flatMap((name) => ['--case', name])];
  return new Promise((resolve) => {
    const main = join(ROOT, 'clients/conformance/main.ts');
    execFile(process.execPath, [main, ...flags], (error, stdout) => {
      const verdicts = JSON.parse(stdout) as { case: string; verdict: { broken: string[] } }[];
      const broken = Object.fromEntries(verdicts.map((entry) => [entry.case, entry.verdict.broken]));
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, broken });
    });
  });
}

const sloppy = (sin: string): string =>
  `"${process.execPath}" "${join(__dirname, 'sloppyDriver.mjs')}" "${sin}"`;

test('a client that breaks no rule passes', async () => {
  await expect(conformance(sloppy('none'), ['lost-answers', 'redirect-within'])).resolves.toEqual({
    code: 0,
    broken: { 'lost-answers': [], 'redirect-within': [] },
  });
});

test.each([
  ['another body', 'lost-answers', ['The body should be the same each time.']],
  ['no wait', 'allocated', ['Prefer should be wait=1 to wait=25: respond-async']],
  ['no key', 'allocated', ['The function key should be conformance-key: undefined']],
  ['chunks', 'allocated', ['The body should have a Content-Length and no chunks.']],
  ['impatient', 'back-off', [expect.stringMatching(/^Wait 1 should be 125 to 250 ms: /)]],
  ['too long', 'redirect-within', [expect.stringMatching(/^It took \d+ ms, and may take 3000 ms\.$/)]],
  ['crashes', 'allocated', [expect.stringMatching(/^The driver ended with exit code 1\n[^]*a crash/)]],
  [
    'follows',
    'captive-portal-redirect/302',
    [
      expect.stringMatching(/^The result should be a problem: /),
      'It sent a request to the host that it was redirected to.',
    ],
  ],
])('the kit notices: %s', async (sin, name, sentences) => {
  const { code, broken } = await conformance(sloppy(sin), [name]);
  expect(code).toBe(1);
  expect(broken).toEqual({ [name]: expect.arrayContaining(sentences) as unknown });
});

test("the TypeScript client's driver passes where no time passes", async () => {
  const cases = ['allocated', 'captive-portal-redirect', 'wrong-mode', 'text-beyond-ascii', 'join*', 'find*'];
  const { code, broken } = await conformance('typescript', cases);
  expect(Object.values(broken as Record<string, string[]>).flat()).toEqual([]);
  expect(code).toBe(0);
});

test("the kit's problems are the broker's", () => {
  const wire = Object.entries(PROBLEMS).map(([code, { status, retryable }]) => [code, { status, retryable }]);
  expect(Object.entries(KIT_PROBLEMS)).toEqual(wire);
});
