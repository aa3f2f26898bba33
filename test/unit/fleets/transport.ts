import { type HttpClient, type PipelineRequest, createHttpHeaders } from '@azure/core-rest-pipeline';
import { Readable } from 'node:stream';

/** More than any driver asks. Answers come without a turn of the event loop: whoever asks for ever would starve the run. */
const MOST_REQUESTS = 10;

/** A transport that answers every request with this, and keeps what was asked; text goes as it is. */
export function transport(
  answer: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): HttpClient & { readonly requests: PipelineRequest[] } {
  const requests: PipelineRequest[] = [];
  return {
    requests,
    sendRequest(request) {
      if (requests.push(request) > MOST_REQUESTS)
        return Promise.reject(new Error(`More than ${MOST_REQUESTS} requests.`));
      const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
      const readableStreamBody = Readable.from([Buffer.from(body)]);
      return Promise.resolve({ request, status, headers: createHttpHeaders(headers), readableStreamBody });
    },
  };
}
