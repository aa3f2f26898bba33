/** The least possible functions in the same host: the floors for the broker's own. */
import { app } from '@azure/functions';

/** Parses the same JSON and sends an empty answer. */
app.http('parse', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => {
    await request.json();
    return { status: 200 };
  },
});

/** Asks the fleet for the session's host and passes its answer on. */
app.http('ask', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => {
    const { sessionId } = (await request.json()) as { sessionId: string };
    const response = await fetch(process.env['BENCH_FLEET_URL'] ?? '', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${process.env['SESSIONHOSTS_TOKEN'] ?? ''}`,
        'content-type': 'application/json',
        'x-xbl-contract-version': '8',
      },
      body: JSON.stringify({ ...(JSON.parse(process.env['BENCH_FLEET_BODY'] ?? '') as object), sessionId }),
    });
    return { status: response.status === 200 ? 201 : 500, body: await response.text() };
  },
});
