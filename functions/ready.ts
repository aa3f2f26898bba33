import { app } from '@azure/functions';
import { COMMON_HEADERS } from '../lib/contract/render.ts';
import { readinessBody, rememberedReadiness } from './rememberedReadiness.ts';
import { answering, READ_METHODS } from './respond.ts';

app.http('ready', {
  methods: READ_METHODS,
  route: 'ready',
  authLevel: 'function',
  handler: answering(async (_request, _context, emit) => {
    const readiness = await rememberedReadiness(emit);
    return {
      status: readiness.ready ? 200 : 503,
      headers: COMMON_HEADERS,
      jsonBody: readinessBody(readiness),
    };
  }),
});
