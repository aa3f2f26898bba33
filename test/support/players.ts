import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PlayersReport } from '../../local/players/report.ts';

/** Runs `npm run players` against a broker; resolves with what the players counted. */
export async function players(url: string, ...flags: string[]): Promise<PlayersReport> {
  const command = join(import.meta.dirname, '../../local/players/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [command, '--url', url, '--json', ...flags]);
  return JSON.parse(stdout) as PlayersReport;
}
