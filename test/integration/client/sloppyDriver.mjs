/**
 * A client that breaks one rule at a time, to show that the conformance kit notices. Otherwise it does just enough for
 * the cases that its test runs.
 */
const [sin] = process.argv.slice(2);
const {
  CONFORMANCE_BASE_URL: base,
  CONFORMANCE_FUNCTION_KEY: key,
  CONFORMANCE_REQUEST: request,
} = process.env;
const startedMs = performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let answer;
for (let attempt = 1; answer === undefined && attempt < 9; attempt += 1) {
  const body = sin === 'another body' ? JSON.stringify({ ...JSON.parse(request), attempt }) : request;
  const response = await fetch(`${base}/api/v1/allocations`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      prefer: sin === 'no wait' ? 'respond-async' : 'wait=15',
      ...(sin === 'no key' ? {} : { 'x-functions-key': key }),
    },
    redirect: sin === 'follows' ? 'follow' : 'manual',
    ...(sin === 'chunks' ? { body: new Blob([body]).stream(), duplex: 'half' } : { body }),
  }).catch(() => undefined);
  if (response?.status < 500) answer = response;
  else await sleep(sin === 'impatient' ? 0 : 200 * 2 ** (attempt - 1));
}
if (sin === 'too long') await sleep(4_000);
if (sin === 'crashes') throw new Error('a crash');

const ms = performance.now() - startedMs;
const problem = {
  problem: { code: 'unexpected-answer', message: `to ${answer.headers.get('location')}` },
  ms,
};
console.log(JSON.stringify(answer.ok ? { host: await answer.json(), ms } : problem));
