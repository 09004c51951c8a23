// Divides the program into the files that it ships as, by which starts need them.
//
// V8 reads through all of a file before it runs any of it, so what is never run costs each start time and memory. A module
// of ours is in the first file that needs it, and later files take it from there: there is one instance of each.

import { join, relative } from 'node:path';
import { build, type BuildOptions, type Metafile, type OnResolveArgs, type Plugin } from 'esbuild';

export const root = join(import.meta.dirname, '../../..');

const main = 'src/main.ts';

/** The one part of the program that is loaded lazily and yet by an idle start. */
const idleVerb = 'src/verbs/install.ts';

/** Of a workstation, and larger than any other: the others that stay on a node do not read through it. */
const largeVerb = 'src/verbs/fleet.ts';

/** What they load lazily is another verb, or an answer without one; the others load what an install does that changes a node. */
const choosers = new Set([main, 'src/verbs/run.ts']);

/**
 * What an idle start reaches, and does not run: words for what goes wrong, the options of other verbs. Its functions are handed
 * out by name and load the rest when one is called, so nobody before them may want more of such a module than functions.
 */
const late: ReadonlySet<string> = new Set([
  'src/arguments/misspelt.ts',
  'src/arguments/rough.ts',
  ...[
    'bundle',
    'dhcp',
    'doctor',
    'fleet',
    'releases',
    'rollback',
    'share-mounts',
    'uninstall',
    'verify',
    'watch',
  ].map((verb) => `src/arguments/configure/${verb}.ts`),
  'src/failure/codes.ts',
  'src/lib/linux/errors.ts',
  'src/lib/text/nearest.ts',
  'src/node/mounts/mount-inside.ts',
  'src/node/mounts/sharing-obstacles.ts',
  'src/release/compatibility.ts',
  'src/report/plan-text.ts',
]);

interface Part {
  readonly name: string;
  /** The modules it begins with. */
  readonly entries: readonly string[];
  /** The modules that are in no part before it. */
  readonly own: ReadonlySet<string>;
  readonly analysis: Metafile;
}

/**
 * What each file is built by: `program.js`, which is run, and beside it those that it loads.
 * @param shared options of all
 */
export async function programParts(
  shared: BuildOptions,
  directory: string,
): Promise<readonly BuildOptions[]> {
  const options: BuildOptions = { ...shared, absWorkingDir: root };
  const analysis = await analysed(options, [main], [leftOut]);
  const first: Part = { name: 'program.js', entries: [main], own: modulesIn(analysis), analysis };
  const lazy = (byChooser: boolean): string[] =>
    importsOf(analysis, (importer) => choosers.has(importer) === byChooser).filter(
      (path) => path.startsWith('src/') && !first.own.has(path) && !late.has(path),
    );
  const words = await partAfter([first], 'late.js', [...late], options);
  const change = await partAfter([first, words], 'change.js', lazy(false), options);
  const others = lazy(true).filter((path) => path !== largeVerb);
  const verbs = await partAfter([first, words, change], 'verbs.js', others, options);
  const fleet = await partAfter([first, words, change, verbs], 'fleet.js', [largeVerb], options);
  const parts = [first, words, change, verbs, fleet];
  return parts.map((part) => ({
    ...options,
    stdin: { contents: textOf(part, parts), resolveDir: root },
    outfile: join(directory, part.name),
    // As require: Node's own import would look for exports in the text of the other file, and find no getters.
    supported: { 'dynamic-import': false },
    plugins: [elsewhere(part, parts), ...(shared.plugins ?? [])],
  }));
}

async function partAfter(
  before: readonly Part[],
  name: string,
  entries: readonly string[],
  options: BuildOptions,
): Promise<Part> {
  const analysis = await analysed(options, entries, []);
  const taken = new Set(before.flatMap(({ own }) => [...own]));
  const own = new Set([...modulesIn(analysis)].filter((path) => !taken.has(path)));
  return { name, entries, own, analysis };
}

async function analysed(
  options: BuildOptions,
  entryPoints: readonly string[],
  plugins: readonly Plugin[],
): Promise<Metafile> {
  const { metafile } = await build({
    ...options,
    entryPoints: [...entryPoints],
    // An ES module's exports are known.
    format: 'esm',
    outdir: 'nowhere',
    write: false,
    metafile: true,
    plugins: [...plugins, ...(options.plugins ?? [])],
  });
  return metafile;
}

/** The project's own modules. Of a package each part has what it uses. */
function modulesIn({ inputs }: Metafile): ReadonlySet<string> {
  return new Set(Object.keys(inputs).filter((path) => path.startsWith('src/')));
}

/** What is imported by the modules that are asked for, each once, sorted. */
function importsOf({ inputs }: Metafile, byThese: (importer: string) => boolean): string[] {
  const imports = Object.entries(inputs).flatMap(([importer, facts]) =>
    byThese(importer) ? facts.imports.map(({ path }) => path) : [],
  );
  return [...new Set(imports)].toSorted();
}

/** The modules of one part that others need. */
function lent({ own }: Part, parts: readonly Part[]): string[] {
  const wanted = parts.flatMap((other) => importsOf(other.analysis, (importer) => other.own.has(importer)));
  return [...new Set(wanted)].filter((path) => own.has(path)).toSorted();
}

/**
 * Gives out what others need of it, loaded when it is asked for: modules by their path, and what they load lazily by the
 * names of its exports. Modules are loaded one by one: imported statically, they would be one scope, a twelfth shorter and
 * faster, for which V8 takes half a mebibyte more at its peak.
 */
function textOf(part: Part, parts: readonly Part[]): string {
  const isRun = part.entries.includes(main);
  const others = parts.filter((other) => other !== part);
  const modules = lent(part, others).map((path): [string, string] => [path, `require('./${path}')`]);
  const given = [...modules, ...exportsOf(part)];
  const names = new Set(given.map(([name]) => name));
  if (names.size < given.length) throw new Error('two lazily loaded modules export the same name');
  const getters = given.map(([name, value]) => `get '${name}'() { return ${value}; }`);
  return `module.exports = {${getters.join(',')}};${isRun ? `require('./${main}');` : ''}`;
}

function exportsOf({ analysis, entries }: Part): [name: string, value: string][] {
  return Object.values(analysis.outputs).flatMap(({ entryPoint = '', exports }) =>
    entries.includes(entryPoint) && !late.has(entryPoint)
      ? exports.map((name): [string, string] => [name, `require('./${entryPoint}').${name}`])
      : [],
  );
}

function ownPath({ path, resolveDir }: OnResolveArgs): string {
  return relative(root, join(resolveDir, path));
}

/** For the analysis: what is loaded lazily, or late, is named, and not followed. */
const leftOut: Plugin = {
  name: 'without what is loaded lazily',
  setup: (bundling) => {
    bundling.onResolve({ filter: /^\./ }, (args) => {
      const path = ownPath(args);
      const isLater = late.has(path) || (args.kind === 'dynamic-import' && path !== idleVerb);
      return isLater ? { path, external: true } : undefined;
    });
  },
};

/** Modules of other parts: those of a later one are loaded lazily, those of an earlier one are there. */
function elsewhere(part: Part, parts: readonly Part[]): Plugin {
  const [namespace, byFunction] = ['another-part', 'late'];
  const homeOf = (path: string): Part | undefined => parts.find(({ own }) => own.has(path));
  return {
    name: 'modules of other parts',
    setup: (bundling) => {
      bundling.onResolve({ filter: /^\./, namespace }, ({ path }) => ({ path, external: true }));
      bundling.onResolve({ filter: /^\./ }, (args) => {
        const path = ownPath(args);
        const home = homeOf(path);
        if (home === undefined || home === part) return undefined;
        const isLater = parts.indexOf(home) > parts.indexOf(part);
        if (late.has(path)) return { path, namespace: byFunction };
        return isLater ? { path: `./${home.name}`, external: true } : { path, namespace };
      });
      bundling.onResolve({ filter: /^\./, namespace: byFunction }, ({ path }) => ({ path, external: true }));
      bundling.onLoad({ filter: /./, namespace: byFunction }, async ({ path }) => ({
        contents: await lateFunctions(path, `require('./${homeOf(path)?.name}')['${path}']`),
      }));
      bundling.onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: `module.exports = require('./${homeOf(path)?.name}')['${path}'];`,
      }));
    },
  };
}

/** Each function under its own name, loaded when it is called. Whoever wants something else of it is told by esbuild. */
async function lateFunctions(path: string, module: string): Promise<string> {
  const exports = Object.entries((await import(join(root, path))) as Record<string, unknown>);
  return exports
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => `export const ${name} = (...given) => ${module}.${name}(...given);`)
    .join('\n');
}
