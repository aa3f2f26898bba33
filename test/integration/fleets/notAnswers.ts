import type { FaultAction } from '../../../local/fleet/faultSchema.ts';

/** Bodies that no fleet means a yes by, by name. */
export const NOT_ANSWERS: Readonly<Record<string, FaultAction>> = {
  'not JSON': { type: 'garbage' },
  'an empty body': { type: 'body', text: '' },
  'a list': { type: 'body', text: '[]' },
  null: { type: 'body', text: 'null' },
  'an empty object': { type: 'body', text: '{}' },
  'nesting without end': { type: 'body', text: '['.repeat(100_000) },
  'a megabyte of text': { type: 'body', text: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) },
  'a prototype': { type: 'body', text: '{"__proto__":{"hostName":"a.example","region":"WestUS"}}' },
};
