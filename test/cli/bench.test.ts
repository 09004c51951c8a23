// The promise that the bench itself runs: every step of it once, with small plugins. What it measures is not judged.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNode } from '../support/installer.ts';
import { layOutRelease, layOutSidecar } from '../support/release-archives.ts';
import { project } from '../support/project.ts';

const works = [
  'install-archive',
  'install-http',
  'install-https',
  'own-archive-defaults',
  'own-archive-all',
  'nothing-to-do',
  'all-plugins',
];

it('the bench measures an install from each source and a start with nothing to do, and writes its figures', () => {
  using node = createNode();
  const archive = layOutRelease(node.archives);
  layOutSidecar(archive);
  const output = join(node.directory, 'bench.json');

  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['test/bench/bench.ts', '--archive', archive.path, '--plugins', 'bridge,macvlan', '--pairs', '1'].concat([
      '--only',
      works.join(','),
      '--output',
      output,
    ]),
    { cwd: project, encoding: 'utf8' },
  );

  if (status !== 0 && status !== 1) throw new Error(stderr);
  const figures = JSON.parse(readFileSync(output, 'utf8')) as Record<string, Record<string, unknown>>;
  for (const work of works) {
    expect(stdout).toContain('| install from a local archive');
    expect(figures[work]).toMatchObject({ cpuRatio: expect.any(Number), n: 1, target: expect.any(Number) });
  }
});
