import { execFileSync } from 'node:child_process';
import { type DisposableTempDir, mkdirSync, writeFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  spawnFunctionsHost,
  type SpawnedHost,
  type SpawnOptions,
} from '../../../local/functionsHost/spawn.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = join(__dirname, '../../..');
const folders: DisposableTempDir[] = [];

/** A new folder with host.json and package.json; `dist/main.cjs` is up to the caller. */
export function emptyApp(hostJson: object = { version: '2.0' }): string {
  const folder = temporaryFolder();
  folders.push(folder);
  mkdirSync(join(folder.path, 'dist'));
  writeFileSync(join(folder.path, 'host.json'), JSON.stringify(hostJson));
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ main: 'dist/main.cjs' }));
  return folder.path;
}

/** The fixture app, bundled as the product is. */
export function bundledApp(hostJson?: object): string {
  const folder = emptyApp(hostJson);
  execFileSync(join(root, 'node_modules/.bin/esbuild'), [
    join(__dirname, 'fixture/app.ts'),
    ...['--bundle', '--platform=node', '--format=cjs', '--minify', '--log-level=warning'],
    ...['--external:@azure/functions-core', `--outfile=${join(folder, 'dist/main.cjs')}`],
  ]);
  return folder;
}

export function appWithEntry(source: string): string {
  const folder = emptyApp();
  writeFileSync(join(folder, 'dist/main.cjs'), source);
  return folder;
}

export function writeJson(folder: string, name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

export interface Running extends SpawnedHost {
  lines: string[];
  /** Resolves with the first line, past or to come, that holds the text. */
  line(text: string): Promise<string>;
}

/** Starts a host and keeps what it prints. */
export async function startHost(options: SpawnOptions): Promise<Running> {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const onLine = (line: string): void => {
    lines.push(line);
    for (const look of waiting) look();
  };
  const host = await spawnFunctionsHost({ env: { TICK_SCHEDULE: '0 0 0 1 1 *' }, ...options, onLine });
  const line = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find((each) => each.includes(text));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { ...host, lines, line };
}

/** Removes every folder that the suite has made here. */
export function removeFolders(): void {
  for (const folder of folders) folder.remove();
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Runs a function by the admin API, as operators do. */
export function runFunction(
  host: Running,
  nameAndQuery: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(
    `${host.url}/admin/functions/${nameAndQuery}`,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
    (body) => body.write('{}'),
  );
}

/** Exactly these bytes, and what comes back until the connection is closed; `cut` ends it first. */
export async function overSocket(host: Running, bytes: string, cut = false): Promise<string> {
  const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(bytes, 'latin1');
  if (cut) socket.end();
  return text(socket);
}

/** One request by `node:http`, which sends exactly what it is told, unlike fetch. */
export function send(
  url: string,
  options: { method?: string; headers?: Record<string, string>; path?: string } = {},
  write: (body: ClientRequest) => void = () => undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    write(outgoing);
    outgoing.end();
  });
}
