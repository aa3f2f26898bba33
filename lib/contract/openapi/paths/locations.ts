import { type Json, CACHEABLE, jsonAnswer } from '../parts.ts';
import { problemAnswers } from '../problems.ts';

export const locationPaths = (): Json => ({
  '/api/v1/locations': {
    get: {
      operationId: 'listLocations',
      tags: ['Locations'],
      summary: 'What to measure before asking',
      description: 'The same for everybody, and cacheable: it changes only with the settings of the broker.',
      security: [],
      responses: {
        200: jsonAnswer('The locations on offer, in the configured order.', 'Locations', CACHEABLE),
        ...problemAnswers('internal', 'misconfigured'),
      },
    },
  },
});
