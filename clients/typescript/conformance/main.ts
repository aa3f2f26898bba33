/** The TypeScript client's driver for the conformance kit (clients/conformance/README.md). */
import { AllocationClient, AllocationError, type AllocateRequest } from '../src/index.ts';

const { CONFORMANCE_BASE_URL = '', CONFORMANCE_FUNCTION_KEY = '', CONFORMANCE_REQUEST = '{}' } = process.env;
const deadlineMs = Number(process.env['CONFORMANCE_DEADLINE_MS']);
const request = JSON.parse(CONFORMANCE_REQUEST) as AllocateRequest;
const client = new AllocationClient({
  baseUrl: CONFORMANCE_BASE_URL,
  ...(CONFORMANCE_FUNCTION_KEY === '' ? {} : { functionKey: CONFORMANCE_FUNCTION_KEY }),
});
const print = (line: object): void => console.log(JSON.stringify(line));

const startedMs = performance.now();
const result = await call().catch((error: unknown) => {
  if (!(error instanceof AllocationError)) throw error;
  return { problem: { code: error.code, message: error.message } };
});
print({ ...result, ms: performance.now() - startedMs });

async function call(): Promise<object> {
  if (process.env['CONFORMANCE_OPERATION'] === 'find') return find();
  const joins = process.env['CONFORMANCE_OPERATION'] === 'join';
  const latencies = joins ? { latencies: await client.measure() } : {};
  const host = await client.allocate(
    { ...request, ...latencies },
    {
      deadlineMs,
      onProgress: (progress) => {
        if (progress.kind === 'waiting') print({ waiting: progress.message });
      },
    },
  );
  return { host };
}

async function find(): Promise<object> {
  const found = await client.find(String(request.sessionId), { deadlineMs });
  if (found === undefined) return { none: true };
  return found.status === 'pending' ? { pending: true } : { host: found };
}
