/** What docs/disaster.md says is carried by something that is there, or marked as what only Azure can show. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/disaster.md'), 'utf8');

/** The cells of each row of the table whose heading begins so. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const from = page.indexOf(heading);
  expect(from).toBeGreaterThan(0);
  const [table = ''] = page.slice(from).split('\n\n');
  const cells = (row: string): string[] => row.split('|').map((cell) => cell.trim());
  return table
    .split('\n')
    .slice(2)
    .map((row) => cells(row).slice(1, -1));
}

it('names tests, sources and files that are there', () => {
  const named = [...page.matchAll(/`((?:test|lib|infra)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it('says of each lost row by what its claim is carried', () => {
  const rows = rowsOf('| lost | what happens then | carried by |');
  expect(rows).toHaveLength(9);
  for (const [lost, , carrier] of rows)
    expect([lost, carrier]).toEqual([lost, expect.stringMatching(/`test\//)]);
});

it('marks each time that depends on Azure', () => {
  const times = rowsOf('| lost | players notice |').map(([, , , time = '']) => time);
  const own = times.filter((time) => !time.includes('_(Azure)_'));
  expect(own).toEqual(['at most 4.5 s', 'until it is back, or a failover']);
});
