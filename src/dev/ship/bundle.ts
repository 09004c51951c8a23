// Makes what ships and what tests of the command line run: a launcher, the parts of the program, the packages few starts need.
//
// CommonJS, because there a module of Node's is loaded when the code that asks for it runs. In an ES module every import
// is hoisted to the top, and an idle start would load HTTP, TLS and zlib only to find that nothing has to be done.

import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type BuildOptions, type BuildResult, type Plugin } from 'esbuild';
import manifest from '../../../package.json' with { type: 'json' };
import { launcherScript, oldestNode } from './launcher.ts';
import { programParts, root } from './parts.ts';

// Directory, and a catalog of releases in place of the project's own: that of a site that builds its own releases.
const [directory = 'dist', catalog] = process.argv.slice(2);
const launcher = `${directory}/cni-plugins-installer.js`;
const program = 'program.js';
const oldest = oldestNode(manifest.engines.node);

/** Most of the text, which V8 would read through at each start; beside each what of its exports is used. */
const apart: Readonly<Record<string, 'default' | 'names'>> = {
  'http-proxy-agent': 'names',
  'https-proxy-agent': 'names',
  'node-fetch': 'default',
  'p-retry': 'default',
  'prom-client': 'names',
  'tar/parse': 'names',
  yargs: 'default',
  'yargs-parser': 'default',
};

function fileOf(name: string): string {
  return `${name.replace('/', '-')}.js`;
}

const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: `node${oldest}`,
  // Half the text to parse at each start; names stay, for stacks and for error classes.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  metafile: true,
  define: { 'import.meta.url': 'bundleUrl' },
  inject: ['src/dev/ship/bundle-url.ts'],
};

/** What packages import and get something else for: the file in `stand-ins/` that is named after it. */
const standIns: Readonly<Record<string, string>> = {
  debug: 'debug',
  'fetch-blob': 'fetch-blob',
  'fetch-blob/from.js': 'fetch-blob',
  'formdata-polyfill/esm.min.js': 'formdata-polyfill',
  minizlib: 'minizlib',
  'node:https': 'https',
  'proxy-agent-negotiate': 'proxy-agent-negotiate',
};

const lighterPackages: Plugin = {
  name: 'packages without what they do not need here',
  setup: (bundling) => {
    bundling.onResolve({ filter: /./ }, ({ path, importer }) => {
      const standIn = importer.includes('/node_modules/') ? standIns[path] : undefined;
      return standIn === undefined
        ? undefined
        : { path: join(import.meta.dirname, 'stand-ins', `${standIn}.ts`) };
    });
  },
};

const besideTheProgram: Plugin = {
  name: 'packages beside the program',
  setup: (bundling) => {
    const filter = new RegExp(`^(${Object.keys(apart).join('|')})$`);
    bundling.onResolve({ filter }, ({ path }) => ({ path: `./${fileOf(path)}`, external: true }));
  },
};

const catalogInstead: Plugin = {
  name: 'another catalog of releases',
  setup: (bundling) => {
    if (catalog === undefined) return;
    bundling.onResolve({ filter: /\/catalog\.json$/ }, () => ({ path: resolve(catalog) }));
  },
};

const versionAlone: Plugin = {
  name: 'of package.json no more than the program tells',
  setup: (bundling) => {
    const filter = new RegExp(`^${root}/package\\.json$`);
    bundling.onLoad({ filter }, () => ({
      contents: JSON.stringify({ version: manifest.version }),
      loader: 'json',
    }));
  },
};

type Bundled = BuildResult<{ metafile: true }>;

function bundlePackage([name, used]: readonly [string, 'default' | 'names']): Promise<Bundled> {
  // What a CommonJS module exports is the default of whoever imports it.
  const contents = `module.exports = require('${name}')${used === 'default' ? '.default' : ''}`;
  const stdin = { contents, resolveDir: import.meta.dirname };
  return build({
    ...options,
    stdin,
    outfile: `${directory}/${fileOf(name)}`,
    plugins: [lighterPackages],
  }) as Promise<Bundled>;
}

async function bundleProgram(): Promise<readonly Bundled[]> {
  const plugins = [besideTheProgram, lighterPackages, catalogInstead, versionAlone];
  const parts = await programParts({ ...options, plugins }, resolve(directory));
  return Promise.all(parts.map((part) => build(part))) as Promise<readonly Bundled[]>;
}

/** The packages of which something was taken, by their paths in package-lock.json, sorted. */
function packagesIn(bundled: readonly Bundled[]): string[] {
  const outputs = bundled.flatMap(({ metafile }) => Object.values(metafile.outputs));
  const taken = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const paths = taken.flatMap(
    (path) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(paths)].toSorted();
}

const packages = Object.entries(apart).map(bundlePackage);
const bundled = [...(await bundleProgram()), ...(await Promise.all(packages))];
writeFileSync(launcher, launcherScript(oldest, `./${program}`));
chmodSync(launcher, 0o755);
// For the licence list and the bill of materials; the image does not need it.
writeFileSync(`${directory}/packages.json`, `${JSON.stringify(packagesIn(bundled), undefined, 2)}\n`);
writeFileSync(`${directory}/package.json`, '{"type":"commonjs"}\n');
