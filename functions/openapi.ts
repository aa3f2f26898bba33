import { app } from '@azure/functions';
import { CACHEABLE_HEADERS } from '../lib/contract/render.ts';
import { onceSuccessful } from '../lib/once.ts';
import { answering, READ_METHODS } from './respond.ts';

const text = onceSuccessful(async () => {
  const { openApiDocument } = await import('../lib/contract/openapi/document.ts');
  return JSON.stringify(openApiDocument());
});

/** The contract, for machines. */
app.http('openapi', {
  methods: READ_METHODS,
  route: 'openapi.json',
  authLevel: 'anonymous',
  handler: answering(async () => ({
    status: 200,
    headers: { ...CACHEABLE_HEADERS, 'Content-Type': 'application/json; charset=utf-8' },
    body: await text(),
  })),
});
