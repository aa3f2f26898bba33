import { app } from '@azure/functions';
import { CACHEABLE_HEADERS } from '../lib/contract/render.ts';
import { answering } from './respond.ts';

let text: string | undefined;

/** The contract, for machines. Built when it is first asked for: no cold start pays for it. */
app.http('openapi', {
  methods: ['GET'],
  route: 'openapi.json',
  authLevel: 'anonymous',
  handler: answering(async () => {
    const { openApiDocument } = await import('../lib/contract/openapi/document.ts');
    text ??= JSON.stringify(openApiDocument());
    return {
      status: 200,
      headers: { ...CACHEABLE_HEADERS, 'Content-Type': 'application/json; charset=utf-8' },
      body: text,
    };
  }),
});
