/**
 * Compiles the JSON Schemas into lib/generated/validators.js: compiling them when the app starts would cost every
 * cold start some 110 ms, and ajv's compiler would have to ship. Needs no network; run it after changing a schema.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build, type Plugin } from 'esbuild';
import { writeMetafile } from './notices.ts';

/** One line per validator: its name, the module under lib/, and the schema that the module exports. */
const VALIDATORS = [
  ['validateAllocationRequest', 'contract/schemas/allocationRequest.ts', 'allocationRequestSchema'],
  ['validateSettings', 'config/schema.ts', 'settingsSchema'],
  ['validateHostName', 'fleets/hostSchema.ts', 'hostNameSchema'],
  ['validateSessionHostsAnswer', 'fleets/sessionHosts/answerSchema.ts', 'sessionHostsAnswerSchema'],
  ['validatePlayFabServer', 'fleets/playFab/schemas.ts', 'playFabServerSchema'],
  ['validatePlayFabToken', 'fleets/playFab/schemas.ts', 'playFabTokenSchema'],
  ['validatePlayFabBuild', 'fleets/playFab/schemas.ts', 'playFabBuildSchema'],
  ['validatePlayFabAlias', 'fleets/playFab/schemas.ts', 'playFabAliasSchema'],
  ['validatePlayFabShutdown', 'fleets/playFab/schemas.ts', 'playFabShutdownSchema'],
] as const;

const LIB = join(import.meta.dirname, '..', 'lib');
const OUT = join(LIB, 'generated');

type Entry = (typeof VALIDATORS)[number];

async function loadSchema([, module, name]: Entry): Promise<AnySchemaObject> {
  const exports = (await import(pathToFileURL(join(LIB, module)).href)) as Record<string, AnySchemaObject>;
  const schema = exports[name];
  if (schema === undefined) throw new Error(`lib/${module} exports no ${name}`);
  return schema;
}

async function compile(entries: readonly Entry[]): Promise<string> {
  const ajv = new Ajv2020({
    // Callers see every mistake at once, so input from strangers must be bounded in size before it is validated.
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    discriminator: true,
    // `format` is for readers; patterns decide. No formats package, and no failure on an unknown format.
    validateFormats: false,
    code: { source: true, esm: true, lines: true },
  });
  const names: Record<string, string> = {};
  for (const entry of entries) {
    ajv.addSchema(await loadSchema(entry), entry[0]);
    names[entry[0]] = entry[0];
  }
  const generate = standalone as unknown as typeof standalone.default;
  return generate(ajv, names);
}

/** Drops the hint for ajv's compiler, `x.code = 'require(…)'`: what deploys holds no `require`, not even as text. */
const dropCompilerHints: Plugin = {
  name: 'drop-compiler-hints',
  setup: (bundling) => {
    bundling.onLoad({ filter: /ajv[\\/]dist[\\/]runtime[\\/].*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/^\w+\.code = .*$/m, ''),
    }));
  },
};

async function bundle(source: string, file: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: LIB, sourcefile: 'validators.js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    plugins: [dropCompilerHints],
    metafile: true,
  });
  const text = outputFiles[0]?.text ?? '';
  if (/\brequire\(/.test(text)) throw new Error('the bundled validators still call require()');
  writeMetafile(file, metafile);
  return text;
}

/** The types come from the schemas themselves, so that neither can drift from the other. */
function declarations(entries: readonly Entry[]): string {
  const lines = entries.map(
    ([name, module, schema]) =>
      `export declare const ${name}: Validator<FromSchema<typeof import('../${module}').${schema}>>;`,
  );
  return `import type { ErrorObject } from 'ajv';
import type { FromSchema } from 'json-schema-to-ts';

/** Whether the value is valid; if not, \`errors\` says why until the next call. */
export interface Validator<T> {
  (value: unknown): value is T;
  errors?: ErrorObject[] | null;
}

${lines.join('\n')}
`;
}

await mkdir(OUT, { recursive: true });
const validators = join(OUT, 'validators.js');
await writeFile(validators, await bundle(await compile(VALIDATORS), validators));
await writeFile(join(OUT, 'validators.d.ts'), declarations(VALIDATORS));
console.log(`${VALIDATORS.length} validators in ${join(dirname(LIB), 'lib/generated')}`);
