import type { RequestInterval } from '../../lib/contract/requestCounts.ts';
import { recordedOutcome } from '../../lib/contract/outcomes.ts';
import { formatCount, formatMs, formatRate } from '../../lib/insights/figures.ts';
import { answersOf } from '../../lib/insights/requests.ts';
import { section } from '../dom.ts';
import { colourName } from '../palette.ts';
import { barTable } from './bars.ts';

/** What players saw: each answer, its share, and the time to it. */
export function renderRequests(intervals: readonly RequestInterval[] | undefined): void {
  const answers = answersOf(intervals ?? []);
  const of = answers.reduce((sum, { requests }) => sum + requests, 0);
  section('requests-bars').replaceChildren(
    barTable(
      'Requests by answer',
      ['Answer', 'Requests', 'Share', 'p50', 'p95'],
      '--p95',
      answers.map(({ answer, requests, ms }) => ({
        name: answer,
        share: requests / of,
        colour: answer === 'replayed' ? '--host' : colourName(recordedOutcome(answer)),
        cells: [
          formatCount(requests),
          formatRate({ count: requests, of }),
          formatMs(ms.p50),
          formatMs(ms.p95),
        ],
      })),
      intervals === undefined ? 'The counts could not be read.' : 'No request was counted in this time.',
    ),
  );
}
