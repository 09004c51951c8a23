// Proves what can be proved without GitHub of the workflows: well formed, sound scripts, and what they name is there.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith, pathOf } from '../support/built-tools.ts';
import { makeTargets } from '../docs/page-faults.ts';
import { fileOf, imageOf, scriptsOf, workflow, workflowNames } from './workflows.ts';
import { project } from '../support/project.ts';

const runnersOwn = ['GITHUB_OUTPUT', 'GITHUB_REF_NAME', 'GITHUB_REPOSITORY_OWNER', 'GITHUB_WORKSPACE'];
const shellsOwn = ['PATH', 'PWD'];

describe.each(workflowNames)('the workflow %s', (name) => {
  const { document, text, permissions, job } = workflow(name);
  const scripts = scriptsOf(job);

  it('is YAML without an error, a warning, or a key given twice', () => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    expect(job.steps.filter((step) => (step.run === undefined) === (step.uses === undefined))).toEqual([]);
  });

  it('runs in the very image that the Dockerfile builds in', () => {
    const [, pinned] =
      /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(project, 'image/Dockerfile'), 'utf8')) ?? [];

    expect(imageOf(job)).toBe(pinned);
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

    expect(wanted.filter((target) => !makeTargets().includes(target))).toEqual([]);
  });

  it('takes only from steps before what those say', () => {
    const untold = job.steps.flatMap((step, position) => {
      const asked = [...JSON.stringify(step).matchAll(/steps\.(\w+)\.outputs\.(\w+)/g)];
      return asked.filter(([, id, output = '']) => {
        const giver = job.steps.slice(0, position).find((earlier) => earlier.id === id);
        return !new RegExp(`"${output}=|push ${output} `).test(giver?.run ?? '');
      });
    });

    expect(untold.map(([what]) => what)).toEqual([]);
  });

  it('puts nothing of the event into a script but through the environment', () => {
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('uses only variables that the step, the job, the runner or the shell sets', () => {
    for (const { run = '', env = {} } of job.steps) {
      const used = [...run.matchAll(/\$\{?([A-Z][A-Z_]*)/g)].map(([, variable = '']) => variable);
      const given = [...Object.keys(env), ...Object.keys(job.env ?? {})];
      const known = new Set([...given, ...runnersOwn, ...shellsOwn]);
      expect(used.filter((variable) => !known.has(variable))).toEqual([]);
    }
  });

  it('may do nothing by itself but read: what more a job needs, the job says', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });
});

describe('both workflows', () => {
  it('use the same actions in the same versions, and the same Go', () => {
    const [ci, release] = workflowNames.map((name) => pinsIn(workflow(name).text));
    const shared = Object.keys(ci ?? {}).filter((pin) => release?.[pin] !== undefined);

    expect(shared).toEqual(expect.arrayContaining(['actions/checkout', 'actions/setup-go', 'go-version']));
    expect(shared.filter((pin) => release?.[pin] !== ci?.[pin])).toEqual([]);
  });
});

function pinsIn(text: string): Record<string, string> {
  const actions = [...text.matchAll(/uses: (\S+)@(\S+)/g)];
  const go = [...text.matchAll(/(go-version): (\S+)/g)];
  return Object.fromEntries([...actions, ...go].map(([, pin = '', version = '']) => [pin, version]));
}

describeWith(['actionlint'], 'actionlint', () => {
  it.each(workflowNames)('has nothing against %s, nor has shellcheck against its scripts', (name) => {
    const { stdout, status } = spawnSync(pathOf('actionlint'), ['-shellcheck=shellcheck', fileOf(name)], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, SHELLCHECK_OPTS: '--severity=warning' },
    });

    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
