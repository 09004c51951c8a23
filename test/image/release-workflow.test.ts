// Proves what can be proved without GitHub of the workflow that releases: that it is well formed, that its scripts are sound,
// and that what it names is there.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { describeWhere } from '../support/needs.ts';
import { project } from './built-image.ts';

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly container: string;
  readonly env: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const path = '.github/workflows/release.yml';
const text = readFileSync(join(project, path), 'utf8');
const document = parseDocument(text, { strict: true, uniqueKeys: true });
const { image: job } = (document.toJS() as { jobs: { image: Job } }).jobs;
const scripts = job.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
const runnersOwn = ['GITHUB_REF_NAME', 'GITHUB_OUTPUT', 'GITHUB_WORKSPACE'];

function makeTargets(): readonly string[] {
  const database = spawnSync('make', ['--print-data-base', '--question', 'help'], {
    cwd: project,
    encoding: 'utf8',
  });
  return [...database.stdout.matchAll(/^([a-z][a-z-]*):/gm)].map(([, target = '']) => target);
}

describe('the release workflow', () => {
  it('is YAML without an error, a warning, or a key given twice', () => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    expect(job.steps.filter((step) => (step.run === undefined) === (step.uses === undefined))).toEqual([]);
  });

  it('runs in the very image that the Dockerfile builds in', () => {
    const [, pinned] =
      /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(project, 'image/Dockerfile'), 'utf8')) ?? [];

    expect(job.container).toBe(pinned);
  });

  it('pins every action by a commit, and says which version that is', () => {
    const used = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));

    expect(used.length).toBeGreaterThan(2);
    expect(used.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual(
      [],
    );
  });

  it('makes only what the Makefile can make', () => {
    const wanted = scripts.flatMap((script) =>
      [...script.matchAll(/^\s*make ([a-z-]+)/gm)].map(([, target = '']) => target),
    );

    expect(wanted).toEqual(['image', 'image-bundled']);
    expect(wanted.filter((target) => !makeTargets().includes(target))).toEqual([]);
  });

  it('takes only from steps before what those say', () => {
    for (const [position, step] of job.steps.entries()) {
      const asked = [...JSON.stringify(step).matchAll(/steps\.(\w+)\.outputs\.(\w+)/g)];
      for (const [, id, output = ''] of asked) {
        const giver = job.steps.slice(0, position).find((earlier) => earlier.id === id);
        expect(giver?.run, `${id}.${output}`).toMatch(new RegExp(`"${output}=|push ${output} `));
      }
    }
  });

  it('puts nothing of the event into a script but through the environment', () => {
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('uses only variables that the step, the job or the runner sets', () => {
    for (const { run = '', env = {} } of job.steps) {
      const used = [...run.matchAll(/\$\{?([A-Z][A-Z_]*)/g)].map(([, name = '']) => name);
      const known = new Set([...Object.keys(env), ...Object.keys(job.env), ...runnersOwn]);
      expect(used.filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it('looks only where the build writes', () => {
    const builder = ['Makefile', 'image/build.ts']
      .map((name) => readFileSync(join(project, name), 'utf8'))
      .join('');
    const named = new Set(scripts.flatMap((script) => script.match(/\bbuild\/[\w-]+/g) ?? []));

    expect(named).toEqual(new Set(['build/image', 'build/image-bundled']));
    for (const directory of named)
      expect(builder).toMatch(new RegExp(`(--output |default: ')${directory}\\b`));
  });

  it('may do no more than its steps need', () => {
    expect(job.permissions).toEqual({
      contents: 'write',
      packages: 'write',
      'id-token': 'write',
      attestations: 'write',
    });
    expect(document.get('permissions')).toMatchObject({
      items: [{ key: { value: 'contents' }, value: { value: 'read' } }],
    });
  });
});

describeWhere(existsSync('/usr/bin/shellcheck') ? undefined : 'shellcheck', 'its scripts', () => {
  it('have nothing that shellcheck would object to', () => {
    for (const script of scripts) {
      const { stdout } = spawnSync(
        'shellcheck',
        ['--shell=bash', '--severity=warning', '--format=gcc', '-'],
        {
          input: script,
          encoding: 'utf8',
        },
      );
      expect(stdout).toBe('');
    }
  });
});
