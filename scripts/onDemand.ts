import { dirname, join } from 'node:path';
import { type BuildOptions, type Plugin, build } from 'esbuild';
import { writeMetafile } from './notices.ts';

/** A file beside the bundle, loaded by the call that first needs what is in it. */
interface OnDemandFile {
  readonly file: string;
  /** Packages, and the names that are imported from them. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

/**
 * What most cold starts never need but would still parse and run: it took half of the bundle's load time
 * (docs/performance.md).
 */
const FILES: readonly OnDemandFile[] = [
  // Loaded for the first token; a connection string and a static token need none.
  { file: 'identity.cjs', packages: { '@azure/identity': ['ManagedIdentityCredential'] } },
  {
    // Needed when the storage service answers in XML instead of JSON, or the environment sets a proxy.
    file: 'rare.cjs',
    packages: {
      '@azure/core-xml': ['parseXML', 'stringifyXML'],
      'http-proxy-agent': ['HttpProxyAgent'],
      'https-proxy-agent': ['HttpsProxyAgent'],
    },
  },
];

/** The files that the bundle may load: they are deployed with it. */
export const ON_DEMAND_FILES: readonly string[] = FILES.map(({ file }) => file);

const NAMESPACE = 'on-demand';
const FILTER = new RegExp(`^(${FILES.flatMap(({ packages }) => Object.keys(packages)).join('|')})$`);

/** Keeps packages out of the bundle and builds them into their own files beside it. */
export function onDemand(): Plugin {
  return {
    name: NAMESPACE,
    setup(bundle) {
      bundle.onResolve({ filter: FILTER }, ({ path }) => ({ path, namespace: NAMESPACE }));
      bundle.onResolve({ filter: /^\.\//, namespace: NAMESPACE }, ({ path }) => ({ path, external: true }));
      bundle.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({ contents: standIns(path) }));
      bundle.onStart(async () => {
        await Promise.all(FILES.map((file) => buildFile(file, bundle.initialOptions)));
      });
    },
  };
}

function fileOf(name: string): OnDemandFile {
  const found = FILES.find(({ packages }) => name in packages);
  if (found === undefined) throw new Error(`${name} is in no file that is loaded on demand`);
  return found;
}

/**
 * Functions that load the file when they are used, and call or construct the real thing. They load it with `require`,
 * which forgets a file that it could not read or run; `import()` never again runs a file that failed once. An empty file
 * runs without an error, so it is forgotten here.
 */
function standIns(name: string): string {
  const { file, packages } = fileOf(name);
  const members = (packages[name] ?? []).map(
    (member) => `export function ${member}(...given) {
      const real = load('${member}');
      return new.target ? new real(...given) : real(...given);
    }`,
  );
  return `function load(member) {
    const real = require('./${file}')[member];
    if (real !== undefined) return real;
    delete require.cache[require.resolve('./${file}')];
    throw new Error('${file} has no ' + member);
  }
  ${members.join('\n')}`;
}

async function buildFile({ file, packages }: OnDemandFile, options: BuildOptions): Promise<void> {
  const { outfile, plugins: _plugins, entryPoints: _entryPoints, ...shared } = options;
  if (outfile === undefined) throw new Error('the files beside the bundle are written where its outfile is');
  const contents = Object.entries(packages).map(
    ([name, members]) => `export { ${members.join(', ')} } from '${name}';`,
  );
  const target = join(dirname(outfile), file);
  const { metafile } = await build({
    ...shared,
    stdin: { contents: contents.join('\n'), resolveDir: import.meta.dirname },
    outfile: target,
    metafile: true,
  });
  writeMetafile(target, metafile);
}
