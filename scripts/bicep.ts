/**
 * Compiles the deployment template.
 *
 *   npm run infra:build                        lint, compile, write infra/compiled/
 *   npm run infra:check                        lint, compile, compare with infra/compiled/
 *   npm run infra:check -- --require-compiler  the same, and a machine without a compiler is a failure
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { format } from 'prettier';
import { bicepCompiler, hasDotnet, runBicep } from './bicep-compiler.ts';
import { COMPILED, root, sourceFiles, sourcesDigest } from './bicep-sources.ts';

const WORK = join(root, '.local/bicep/work');

/** The parameter file with every mistake that the types do not catch. */
const REFUSED = 'refused';

/** The environment of an example deployment, which the parameter files read. */
const EXAMPLE_ENVIRONMENT = {
  AZURE_ENV_NAME: 'example',
  AZURE_LOCATION: 'westeurope',
  BROKER_TITLE_ID: 'title-1',
  BROKER_SANDBOX_ID: 'sandbox-1',
  BROKER_CLOUD_GAME_ID: 'cloud-game-1',
  BROKER_ALERT_EMAILS: '',
  PLAYFAB_TITLE_ID: 'A1B2C',
  SESSIONHOSTS_TOKEN_SCOPE: 'api://fleet/.default',
};

/** Runs the compiler. Any output is a failure: warnings are errors here. */
function compile(compiler: string, ...args: string[]): void {
  const { status, output } = runBicep(compiler, args, WORK, EXAMPLE_ENVIRONMENT);
  if (status !== 0 || output.trim() !== '') throw new Error(`bicep ${args.join(' ')}\n${output}`);
}

/** The compiler's message for parameters that the template must refuse. */
function refusal(compiler: string, ...args: string[]): string {
  const { status, output } = runBicep(compiler, args, WORK, EXAMPLE_ENVIRONMENT);
  if (status === 0) throw new Error(`bicep ${args.join(' ')}\nshould have been refused`);
  return `${output.trim()}\n`;
}

/** In a few goes: the compiler takes most of a second to start. */
function formatSources(compiler: string, cwd: string): void {
  for (const pattern of ['infra/**/*.bicep', 'infra/*.bicepparam', 'test/unit/infra/variants/*.bicepparam']) {
    const { status, output } = runBicep(compiler, ['format', '--pattern', pattern], cwd);
    if (status !== 0) throw new Error(`bicep format --pattern ${pattern}\n${output}`);
  }
}

/** Formats the copies, which are as they were if the sources are formatted. */
function assertFormatted(compiler: string): void {
  formatSources(compiler, WORK);
  const differs = (file: string): boolean =>
    readFileSync(join(WORK, file), 'utf8') !== readFileSync(join(root, file), 'utf8');
  const unformatted = sourceFiles().filter(differs);
  if (unformatted.length > 0) {
    throw new Error(`${unformatted.join(', ')}: not formatted. Run: npm run infra:build -- --format`);
  }
}

/** Copies the sources to where compiling leaves no files behind in the project. */
function copySources(): void {
  rmSync(WORK, { recursive: true, force: true });
  for (const file of sourceFiles()) {
    mkdirSync(join(WORK, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(WORK, file));
  }
}

/** The compiler writes the outputs in no fixed order: sorted, the same sources make the same file. */
async function stable(path: string): Promise<string> {
  const document = JSON.parse(readFileSync(join(WORK, path), 'utf8')) as { outputs?: object };
  const outputs = Object.entries(document.outputs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify({ ...document, outputs: Object.fromEntries(outputs) });
  return format(text, { parser: 'json', printWidth: 110 });
}

/** The compiled template and, for each parameter file, the resources that it would deploy. */
async function compiled(compiler: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  // It lints as well.
  compile(compiler, 'build', 'infra/main.bicep', '--outfile', 'main.json');
  files.set('main.json', await stable('main.json'));
  for (const parameters of sourceFiles().filter((file) => file.endsWith('.bicepparam'))) {
    const name = basename(parameters, '.bicepparam');
    // A fixed subscription makes the derived names the same on every machine.
    const place = ['--subscription-id', '00000000-0000-4000-8000-000000000000', '--location', 'westeurope'];
    const snapshot = ['snapshot', parameters, '--mode', 'overwrite', ...place];
    if (name === REFUSED) {
      files.set(`${name}.txt`, refusal(compiler, ...snapshot));
      continue;
    }
    compile(compiler, ...snapshot);
    const variant = name === 'main' ? 'default' : name;
    files.set(`${variant}.resources.json`, await stable(parameters.replace('.bicepparam', '.snapshot.json')));
  }
  return files.set('sources.sha256', `${sourcesDigest()}\n`);
}

function write(files: Map<string, string>): void {
  rmSync(COMPILED, { recursive: true, force: true });
  mkdirSync(COMPILED, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(COMPILED, name), text);
  process.stdout.write(`infra: wrote ${[...files.keys()].join(', ')} to infra/compiled/\n`);
}

function compare(files: Map<string, string>): void {
  const stale = [...files].filter(([name, text]) => {
    const path = join(COMPILED, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
  if (stale.length > 0) {
    const names = stale.map(([name]) => name).join(', ');
    throw new Error(`infra/compiled/ is out of date (${names}). Run: npm run infra:build`);
  }
  process.stdout.write(
    'infra: lint without a warning; infra/compiled/ is what the compiler makes of the sources\n',
  );
}

async function main(options: Set<string>): Promise<void> {
  if (!hasDotnet()) {
    const line =
      'infra: NOT compiled: the compiler comes with the .NET SDK (dotnet), which is not on the PATH';
    if (options.has('--require-compiler') || !options.has('--check')) throw new Error(line);
    process.stdout.write(`${line}. The committed infra/compiled/ is still checked by the tests.\n`);
    return;
  }
  const compiler = bicepCompiler();
  if (options.has('--format')) formatSources(compiler, root);
  copySources();
  assertFormatted(compiler);
  process.stdout.write('infra: compiling (some 30 seconds)\n');
  const files = await compiled(compiler);
  if (options.has('--check')) compare(files);
  else write(files);
}

try {
  await main(new Set(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
