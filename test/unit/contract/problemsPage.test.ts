import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '../../../lib/contract/problem.ts';

const PAGE = readFileSync(join(__dirname, '../../../docs/problems.md'), 'utf8');
const [introduction = '', ...sections] = PAGE.split(/^## /m);

test('docs/problems.md has one heading for each code, in the order of the table', () => {
  expect(sections.map((section) => section.slice(0, section.indexOf('\n')))).toEqual(Object.keys(PROBLEMS));
});

test.each(Object.entries(PROBLEMS))(
  '%s: its status, what the client does, what the operator does',
  (code, problem) => {
    const section = sections.find((candidate) => candidate.startsWith(`${code}\n`)) ?? '';
    const { status, retryable } = problem;
    expect(section).toContain(`**${status}, ${retryable ? 'retryable' : 'not retryable'}.** `);
    expect(section).toContain('\n- **The client** ');
    expect(section).toContain('\n- **The operator** ');
  },
);

test('the example is a problem of the table', () => {
  const json = /```json\n(.*?)```/s.exec(introduction)?.[1] ?? '';
  const { title, status, retryable } = PROBLEMS['no-capacity'];
  expect(JSON.parse(json)).toMatchObject({ code: 'no-capacity', title, status, retryable });
});
