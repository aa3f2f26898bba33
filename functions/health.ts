import { app } from '@azure/functions';
import { COMMON_HEADERS } from '../lib/contract/render.ts';
import { READ_METHODS } from './respond.ts';

/** Liveness: the process answers. Touches nothing, so that a fault elsewhere does not look like one here. */
app.http('health', {
  methods: READ_METHODS,
  route: 'health',
  authLevel: 'anonymous',
  handler: () => ({ status: 200, headers: COMMON_HEADERS, jsonBody: { status: 'ok' } }),
});
