/** The library and nothing else: what any function app loads. */
import { app } from '@azure/functions';

app.http('nothing', { authLevel: 'anonymous', handler: () => ({ status: 200 }) });
