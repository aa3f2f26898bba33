import { app } from '@azure/functions';
import { CACHEABLE_HEADERS, renderLocations } from '../lib/contract/render.ts';
import { getApp } from './app.ts';
import { answering, READ_METHODS } from './respond.ts';

/** What a client should measure before it asks. */
app.http('locations', {
  methods: READ_METHODS,
  route: 'v1/locations',
  authLevel: 'anonymous',
  handler: answering(async (_request, _context, emit) => {
    const { settings } = await getApp(emit);
    return {
      status: 200,
      headers: { ...CACHEABLE_HEADERS, 'Content-Type': 'application/json; charset=utf-8' },
      body: renderLocations(settings.locations),
    };
  }),
});
