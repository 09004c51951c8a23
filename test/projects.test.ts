// The tests as a whole: that CI runs every one of them, and that each helper can be told from every other.

import { globSync, readFileSync } from 'node:fs';
import { basename, join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import config from '../vitest.config.ts';
import { project } from './support/project.ts';

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[] };
}

const projects = (config.test?.projects ?? []) as readonly Project[];
const names = projects.map(({ test }) => test.name);
const files = globSync('test/**/*.ts', { cwd: project }).toSorted();

function textOf(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

/** Those that have a verb of their own: an emulated processor has no place beside everything else. */
const byThemselves = ['machines'];

/** Lane by lane, in the order in which they run. */
function projectsInRunAll(): string[] {
  const script = textOf('test/run-all.sh');
  return [...script.matchAll(/^ *run_project ([\w-]+)$/gm)].map(([, name = '']) => name);
}

describe('every project of vitest.config.ts', () => {
  it('is run by test/run-all.sh, once, and so by CI', () => {
    const run = [...projectsInRunAll(), ...byThemselves];

    expect(run.toSorted(byName)).toEqual(names.toSorted(byName));
  });

  it('has a verb of its own where it is not', () => {
    for (const name of byThemselves)
      expect(textOf('Makefile')).toMatch(new RegExp(`^test-${name}: .*##`, 'm'));
  });

  it('has its tools awaited, where tools.sh has a stage for it', () => {
    const script = textOf('test/run-all.sh');
    const announced = [...script.matchAll(/&& announce ([\w-]+)/g)].map(([, name]) => name);
    const awaited = [...script.matchAll(/^ *await_tools ([\w-]+)$/gm)].map(([, name]) => name);

    expect(announced.length).toBeGreaterThan(0);
    expect(awaited).toEqual(announced);
    expect(announced.filter((name = '') => !names.includes(name))).toEqual([]);
  });

  it('is explained in test/README.md', () => {
    const rows = [...textOf('test/README.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name);

    expect(rows.toSorted(byName)).toEqual(names.toSorted(byName));
  });
});

describe('every file of tests', () => {
  it('belongs to one project', () => {
    const homes = files
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => ({
        file,
        in: projects.filter(({ test }) => test.include.some((pattern) => matchesGlob(file, pattern))),
      }));

    expect(homes.length).toBeGreaterThan(100);
    expect(homes.filter((home) => home.in.length !== 1).map(({ file }) => file)).toEqual([]);
  });

  it('leaves it to needs.ts what a missing tool comes to', () => {
    const asking = files.filter(
      (file) => /env\[?\.?['"]?CI\b/.test(textOf(file)) && file !== 'test/projects.test.ts',
    );

    expect(asking).toEqual(['test/report-times.ts', 'test/support/needs.ts']);
  });
});

describe('every helper', () => {
  it('has a name that no other has', () => {
    const helpers = Map.groupBy(
      files.filter((file) => !file.endsWith('.test.ts')),
      (file) => basename(file),
    );

    expect([...helpers.values()].filter(({ length }) => length > 1)).toEqual([]);
  });
});

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}
