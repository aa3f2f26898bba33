import type { HttpClient, PipelineRequest } from '@azure/core-rest-pipeline';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { Readable } from 'node:stream';

/** A transport that answers every request with this, and keeps what was asked; text goes as it is. */
export function transport(
  answer: unknown,
  status = 200,
): HttpClient & { readonly requests: PipelineRequest[] } {
  const requests: PipelineRequest[] = [];
  return {
    requests,
    sendRequest(request) {
      requests.push(request);
      const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
      const readableStreamBody = Readable.from([Buffer.from(body)]);
      return Promise.resolve({ request, status, headers: createHttpHeaders(), readableStreamBody });
    },
  };
}
