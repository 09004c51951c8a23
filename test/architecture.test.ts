// The architecture as a test: which layer may know which, and what only the process edge may touch.

import { transformSync } from 'esbuild';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');

type Layer =
  | 'main'
  | 'verbs'
  | 'gather'
  | 'watch'
  | 'dhcp'
  | 'engine'
  | 'arguments'
  | 'report'
  | 'fleet'
  | 'checks'
  | 'facts'
  | 'kubernetes'
  | 'cluster'
  | 'release'
  | 'node/plugins'
  | 'node/mounts'
  | 'node/multus'
  | 'node/state'
  | 'http'
  | 'failure'
  | 'lib'
  | 'dev';

const ground: readonly Layer[] = ['failure', 'lib'];
const node: readonly Layer[] = ['node/plugins', 'node/mounts', 'node/multus', 'node/state'];
const diagnosis: readonly Layer[] = ['fleet', 'checks', 'facts', 'cluster'];

/** The floors, from the roof down. Which other layers a file of a layer may import from; from its own it always may. */
const rules: Readonly<Record<Layer, { readonly mayImport: readonly Layer[]; readonly because: string }>> = {
  main: {
    mayImport: [
      'verbs',
      'gather',
      'watch',
      'dhcp',
      'engine',
      'arguments',
      'report',
      ...diagnosis,
      'kubernetes',
      'release',
      ...node,
      'http',
      ...ground,
    ],
    because: 'the process edge assembles everything; nobody knows it',
  },
  verbs: {
    mayImport: [
      'gather',
      'watch',
      'dhcp',
      'engine',
      'arguments',
      'report',
      ...diagnosis,
      'kubernetes',
      'release',
      ...node,
      'http',
      ...ground,
    ],
    because:
      'a verb is a story: told what was asked as a checked Config, it calls the engine and says what came of it',
  },
  gather: {
    mayImport: ['engine', 'arguments', 'fleet', 'cluster', 'kubernetes', 'http', ...ground],
    because: 'it brings what is to be seen of a cluster, and decides nothing about it',
  },
  watch: {
    mayImport: [
      'engine',
      'arguments',
      'report',
      'kubernetes',
      'facts',
      'release',
      ...node,
      'http',
      ...ground,
    ],
    because: 'it decides when a node is looked at and put right; the engine does it',
  },
  dhcp: {
    mayImport: ['engine', 'arguments', 'kubernetes', 'facts', 'cluster', 'node/state', ...ground],
    because: 'it keeps one daemon and its leases, and knows of plugins only what is recorded',
  },
  engine: {
    mayImport: ['arguments', 'report', ...diagnosis, 'release', ...node, 'http', ...ground],
    because: 'it brings one node to one wished set, and is the one place where release and node meet',
  },
  arguments: {
    mayImport: ['release', ...ground],
    because:
      'what was asked is checked against the catalog and the names of versions, never against the node',
  },
  report: {
    mayImport: [...diagnosis, 'release', ...node, 'http', ...ground],
    because: 'it is a pure consumer: it may name what was found and known, but starts nothing',
  },
  fleet: {
    mayImport: ['checks', 'cluster', 'release', ...ground],
    because: 'it decides from what was read of a cluster, and sees no node of its own',
  },
  checks: {
    mayImport: ['facts', 'cluster', 'release', ...node, ...ground],
    because: 'it decides from facts that were read before, and looks at nothing itself',
  },
  facts: {
    mayImport: ['cluster', ...node, ...ground],
    because: 'what a node shows does not depend on what is thought of it',
  },
  kubernetes: {
    mayImport: ['cluster', 'http', ...ground],
    because: 'it knows how a cluster is asked, and not why',
  },
  cluster: { mayImport: ground, because: 'what kubectl prints is read without a node' },
  release: { mayImport: ['http', ...ground], because: 'what upstream publishes does not depend on any node' },
  'node/plugins': {
    mayImport: ['node/state', ...ground],
    because: 'what stands on a node does not depend on where it came from, nor on what is mounted',
  },
  'node/mounts': { mayImport: ground, because: 'mounts are shared whatever plugins there are' },
  'node/multus': { mayImport: ground, because: 'what Multus left is known by its content alone' },
  'node/state': { mayImport: ground, because: 'what is remembered does not depend on who reads it' },
  http: { mayImport: ground, because: 'a transport does not know what it carries' },
  failure: {
    mayImport: ['lib'],
    because: 'the words for what went wrong depend on nothing that can go wrong',
  },
  lib: { mayImport: [], because: 'mechanics would make sense in another program' },
  dev: {
    mayImport: ['arguments', ...diagnosis, 'release', ...node, 'report', 'http', ...ground],
    because: 'tools of the workshop may look at everything, and ship with nothing',
  },
};

interface Import {
  readonly from: string;
  /** A file of the project by its path from the root, else the specifier as written. */
  readonly to: string;
}

const sources = filesBelow('src');
const imports = sources.flatMap(importsOf);
const internal = imports.filter(({ to }) => sources.includes(to));
const external = imports.filter(({ to }) => !to.startsWith('src/') && !to.endsWith('.json'));

function filesBelow(directory: string): string[] {
  return globSync(`${directory}/**/*.ts`, { cwd: root }).toSorted();
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Static, type-only, re-exporting and dynamic imports alike; the formatter has brought them all into one shape. */
function importsOf(from: string): Import[] {
  const text = withoutComments(textOf(from));
  const statements = text.matchAll(/^(?:import|export)\b(?:[^;'"`=]*\bfrom)?\s+['"]([^'"]+)['"]/gm);
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [...statements, ...calls].map(([, specifier = '']) => ({ from, to: resolved(from, specifier) }));
}

function resolved(from: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(root, join(root, dirname(from), specifier)) : specifier;
}

/** Comment lines and comment blocks that begin a line; no other form survives the formatter unnoticed. */
function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, '').replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, '');
}

/** The longest directory that has rules; undefined for a file in none of them. */
function layerOf(file: string): Layer | undefined {
  if (file === 'src/main.ts') return 'main';
  const layers = Object.keys(rules) as Layer[];
  return layers.find((layer) => file.startsWith(`src/${layer}/`));
}

/** The packages that src/dev and the tests may use, and what ships may not. */
function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

/** Each cycle once, as the files on it. */
function cyclesIn(edges: readonly Import[]): string[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) cycles.push([...path.slice(seenAt), file].join(' → '));
    if (seenAt >= 0 || done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return cycles;
}

/**
 * Whether the code reads a global, such as `process` or `Math.random`. The compiler renames exactly its free occurrences:
 * those in comments, texts and names of other things stay.
 */
function touches(name: string, file: string): boolean {
  const marker = 'theGlobalOfThatName';
  const define = { [name]: marker, [`globalThis.${name}`]: marker, [`global.${name}`]: marker };
  return transformSync(textOf(file), { loader: 'ts', define }).code.includes(marker);
}

/** `new Date()` and `Date()` read the clock, `new Date(ms)` does not. */
function readsClock(file: string): boolean {
  const code = transformSync(textOf(file), { loader: 'ts' }).code;
  return touches('Date.now', file) || touches('performance', file) || /\bDate\(\)/.test(code);
}

describe('the layers of src/', () => {
  it('hold every file: a new directory says where it belongs', () => {
    expect(sources.filter((file) => layerOf(file) === undefined)).toEqual([]);
  });

  it('are the rooms that CONTRIBUTING.md shows', () => {
    const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    const shown = [...page.matchAll(/^\| `src\/([\w/]+)(?:\.ts|\/)` \|/gm)].map(([, room]) => room);

    expect(new Set(shown)).toEqual(new Set(Object.keys(rules)));
  });

  it('are seen by their imports: the graph is not empty', () => {
    expect(internal.length).toBeGreaterThan(sources.length);
  });

  it.each(Object.entries(rules))('%s imports only what it may', (layer, { mayImport, because }) => {
    const forbidden = internal
      .filter(({ from }) => layerOf(from) === layer)
      .filter(({ to }) => {
        const target = layerOf(to);
        return target !== layer && target !== undefined && !mayImport.includes(target);
      })
      .map(({ from, to }) => `${from} imports ${to}, but ${because}`);
    expect(forbidden).toEqual([]);
  });

  it("have no verb that imports a verb: what two need is the engine's", () => {
    const between = internal.filter(
      ({ from, to }) => layerOf(from) === 'verbs' && layerOf(to) === 'verbs' && from !== 'src/verbs/run.ts',
    );
    expect(between).toEqual([]);
  });

  it('import only files that are there', () => {
    const dangling = imports.filter(
      ({ to }) => to.startsWith('src/') && to.endsWith('.ts') && !sources.includes(to),
    );
    expect(dangling).toEqual([]);
  });

  it('have no cycle, not even of types: what knows each other belongs together', () => {
    expect(cyclesIn(internal)).toEqual([]);
  });
});

describe('names', () => {
  it('of what a file declares at its top are those of no other: who looks for a name finds one thing', () => {
    const homes = Map.groupBy(
      sources.filter((file) => !file.startsWith('src/dev/')).flatMap(declarationsOf),
      ({ name }) => name,
    );
    const shared = [...homes].filter(([, found]) => new Set(found.map(({ file }) => file)).size > 1);
    expect(shared.map(([name, found]) => `${name}: ${found.map(({ file }) => file).join(', ')}`)).toEqual([]);
  });

  it('of folders say one thing each: none has more than fifteen files', () => {
    const folders = Map.groupBy(sources, (file) => dirname(file));
    expect([...folders].filter(([, files]) => files.length > 15).map(([folder]) => folder)).toEqual([]);
  });
});

/** Exported or not: a search for a name does not ask. */
function declarationsOf(file: string): { name: string; file: string }[] {
  const declarations = textOf(file).matchAll(
    /^(?:export )?(?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm,
  );
  return [...declarations].map(([, name = '']) => ({ name, file }));
}

describe('the process, its clock and its dice', () => {
  const exempt = (file: string): boolean => file === 'src/main.ts' || file.startsWith('src/dev/');
  const below = sources.filter((file) => !exempt(file));

  it.each(['process', 'Math.random'])('%s is touched by main.ts alone', (name) => {
    expect(below.filter((file) => touches(name, file))).toEqual([]);
    expect(touches(name, 'src/main.ts')).toBe(true);
  });

  it('the clock is read by main.ts alone; what needs the time is given it', () => {
    expect(below.filter(readsClock)).toEqual([]);
    expect(readsClock('src/main.ts')).toBe(true);
  });

  it('the process is imported nowhere', () => {
    const names = new Set(['process', 'node:process']);
    expect(external.filter(({ from, to }) => !exempt(from) && names.has(to))).toEqual([]);
  });
});

describe('checks, and what is told of a fleet,', () => {
  it('touch no file, no process, no network: they are pure', () => {
    const pure = new Set<Layer | undefined>(['checks', 'cluster', 'fleet']);
    expect(external.filter(({ from }) => pure.has(layerOf(from)))).toEqual([]);
  });
});

describe('packages', () => {
  it('that ship are dependencies; the workshop and the tests have the others', () => {
    const shipped = Object.keys(manifest.dependencies);
    const strangers = external
      .filter(({ from }) => !from.startsWith('src/dev/'))
      .filter(({ to }) => !to.startsWith('node:') && !shipped.includes(packageOf(to)));
    expect(strangers).toEqual([]);
  });

  it("of Node's own are named with their node: prefix", () => {
    expect(external.filter(({ to }) => builtinModules.includes(to))).toEqual([]);
  });
});

describe('every file', () => {
  it.each(['src', 'test'])('below %s begins with one line that says its responsibility', (directory) => {
    const silent = filesBelow(directory).filter((file) => !/^\/\/ \S.{15,}$/.test(firstLineOf(file)));
    expect(silent).toEqual([]);
  });
});

function firstLineOf(file: string): string {
  return textOf(file).split('\n', 1)[0] ?? '';
}

describe('this test itself', () => {
  it('finds a cycle, of types too', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'b' },
    ];
    expect(cyclesIn(edges)).toEqual(['b → c → b']);
  });

  it('does not take a comment for an import', () => {
    expect(withoutComments("// import './a.ts';\n/** import './b.ts' */\nimport './c.ts';").trim()).toBe(
      "import './c.ts';",
    );
  });
});
