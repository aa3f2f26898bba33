import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { endProcess } from '../endProcess.ts';
import { freePort } from '../ports.ts';

/** The emulator's published account: the same on every machine, and of no use anywhere else. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export interface SpawnAzuriteOptions {
  /** Default: table. */
  readonly service?: 'table' | 'blob';
  /** Default: a free one. */
  readonly port?: number;
  /** Where the tables are kept; default: in memory. */
  readonly folder?: string;
  /** Serves https, and takes Entra tokens instead of the account's key; the two files are PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** One of Azurite's services in a process of its own. */
export interface AzuriteHandle {
  readonly port: number;
  /** The address of the account's tables; of its blobs, where they are what it serves. */
  readonly tableUrl: string;
  readonly connectionString: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** The connection string of the emulator's account behind any address, a proxy's for example. */
export function emulatorConnectionString(tableUrl: string): string {
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};TableEndpoint=${tableUrl};`;
}

/** Starts one of Azurite's services; resolves when it listens. It ends with this process at the latest. */
export async function spawnAzurite(options: SpawnAzuriteOptions = {}): Promise<AzuriteHandle> {
  const { service = 'table' } = options;
  const port = options.port ?? (await freePort());
  const child = fork(
    createRequire(import.meta.url).resolve(`azurite/dist/src/${service}/main.js`),
    argumentsOf(options, port),
    {
      execArgv: ['--import', new URL('./exitWithParent.mjs', import.meta.url).href],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C must not reach the tables while the brokers still write to them.
      detached: true,
      windowsHide: true,
    },
  );
  await listening(child, port);
  const tableUrl = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${ACCOUNT}`;
  return {
    port,
    tableUrl,
    connectionString: emulatorConnectionString(tableUrl),
    child,
    stop: () => stop(child),
  };
}

function argumentsOf({ service = 'table', folder, tls }: SpawnAzuriteOptions, port: number): string[] {
  return [
    ...[`--${service}Host`, '127.0.0.1', `--${service}Port`, String(port)],
    ...(folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder]),
    ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
    ...(tls === undefined ? [] : ['--oauth', 'basic', '--cert', tls.cert, '--key', tls.key]),
  ];
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const output: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        output.push(line);
        if (/successfully (started|listens)/.test(line)) resolve();
      });
    }
    child.once('error', reject);
    child.once('exit', () =>
      reject(new Error(`Azurite did not start on port ${port}: ${output.join('\n')}`)),
    );
  });
  await ready;
}

/** How long Azurite may take to save its tables before it is killed: a busy machine must not cost a stack its data. */
const CLOSING_MS = 30_000;

/** Azurite saves what it has not yet written on this message; SIGTERM would lose its last seconds. */
async function stop(child: ChildProcess): Promise<void> {
  const impatient = setTimeout(() => child.kill('SIGKILL'), CLOSING_MS);
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      // Azurite stays for as long as it could still be sent messages.
      if (line.includes('successfully closed')) child.disconnect();
    });
  }
  await endProcess(child, () => child.send('shutdown', () => undefined));
  clearTimeout(impatient);
}
