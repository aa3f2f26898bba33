import { app } from '@azure/functions';
import { openApiDocument } from '../lib/contract/openapi/document.ts';
import { CACHEABLE_HEADERS } from '../lib/contract/render.ts';
import { answering } from './respond.ts';

let text: string | undefined;

/** The contract, for machines. Built when it is first asked for: no cold start pays for it. */
app.http('openapi', {
  methods: ['GET'],
  route: 'openapi.json',
  authLevel: 'anonymous',
  handler: answering(() => {
    text ??= JSON.stringify(openApiDocument());
    return Promise.resolve({
      status: 200,
      headers: { ...CACHEABLE_HEADERS, 'Content-Type': 'application/json; charset=utf-8' },
      body: text,
    });
  }),
});
