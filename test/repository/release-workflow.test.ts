// Proves of the release workflow that its parts fit to each other and to what the project builds.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { project } from '../support/project.ts';
import { scriptsOf, workflow } from './workflows.ts';

const { job } = workflow('release');
const scripts = scriptsOf(job);

describe('the release workflow', () => {
  it('builds all that it publishes', () => {
    const made = scripts.flatMap((script) => [...script.matchAll(/^\s*make ([a-z-]+)/gm)]);

    expect(made.map(([, target]) => target)).toEqual(['image', 'image-bundled', 'chart']);
  });

  it('looks only where the build writes', () => {
    const builder = ['Makefile', 'image/build.ts', 'test/setup/tools.sh']
      .map((name) => readFileSync(join(project, name), 'utf8'))
      .join('');
    const named = new Set(scripts.flatMap((script) => script.match(/\bbuild\/[\w-]+/g) ?? []));

    expect(named).toEqual(new Set(['build/image', 'build/image-bundled', 'build/chart', 'build/tools']));
    for (const directory of named)
      expect(builder).toMatch(new RegExp(`(--output |--destination |default: '|/)${directory}\\b`));
  });

  it('may do no more than its steps need', () => {
    expect(job.permissions).toEqual({
      contents: 'write',
      packages: 'write',
      'id-token': 'write',
      attestations: 'write',
    });
  });

  it('signs and attests each thing that it pushes', () => {
    const attested = job.steps.flatMap((step) => step.with?.['subject-digest'] ?? []);

    expect(attested).toEqual([
      '${{ steps.push.outputs.plain }}',
      '${{ steps.push.outputs.bundled }}',
      '${{ steps.chart.outputs.digest }}',
    ]);
    expect(scripts.filter((script) => script.includes('cosign sign')).join('')).toMatch(/"\$\{CHART\}"/);
  });
});

describe('a release', () => {
  it('has one version: the program, the chart, and the image that the chart runs', () => {
    const chart = parse(readFileSync(join(project, 'manifests/chart/Chart.yaml'), 'utf8')) as object;

    expect(chart).toMatchObject({ version: manifest.version, appVersion: manifest.version });
  });
});
