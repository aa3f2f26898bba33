import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HttpResponseInit, app } from '@azure/functions';
import { COMMON_HEADERS } from '../lib/contract/render.ts';
import { onceSuccessful } from '../lib/once.ts';
import { answering, READ_METHODS } from './respond.ts';

/** Beside the bundle in what deploys, built by scripts/build-ops.ts. */
const PAGE = join(__dirname, 'ops.html');

const answer = onceSuccessful(async () => render(await readFile(PAGE, 'utf8')));

/** The operators' page: a shell without data. It asks the operator for the key that `history` asks it for. */
app.http('ops', {
  methods: READ_METHODS,
  route: 'ops',
  authLevel: 'anonymous',
  handler: answering(async () => ({ ...(await answer()) })),
});

function render(body: string): HttpResponseInit {
  return {
    status: 200,
    headers: {
      ...COMMON_HEADERS,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policyOf(body),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      // For browsers that do not know frame-ancestors.
      'X-Frame-Options': 'DENY',
    },
    body,
  };
}

/** Only the page's own script and style run, it talks to its own origin alone, and no text ever becomes markup. */
function policyOf(page: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(page, 'script')}`,
    `style-src ${hashOf(page, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** CSP level 3: the hash of all between the element's tags. */
function hashOf(page: string, tag: 'script' | 'style'): string {
  const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
