// Promises about the Node that runs the bundle: every one on this machine is either new enough, or told so in one line.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { bundlePath } from '../support/bundle.ts';

/** Ours, and whatever else is on the path. */
const nodes = [
  ...new Set(
    [process.execPath, ...(process.env['PATH'] ?? '').split(':').map((directory) => join(directory, 'node'))]
      .filter((path) => existsSync(path))
      .map((path) => realpathSync(path)),
  ),
].map((path) => ({
  path,
  version: execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim(),
}));

function isOldEnoughToFail(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = manifest.engines.node.replace('>=', '').split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

function run(node: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(node, [bundlePath(), '--version'], { encoding: 'utf8' });
}

const [tooOld, newEnough] = [true, false].map((old) =>
  nodes.filter(({ version }) => isOldEnoughToFail(version) === old),
);

describe('the bundle', () => {
  it('runs on every Node here that is new enough', () => {
    expect(newEnough?.map(({ path }) => path)).toContain(realpathSync(process.execPath));
    expect(newEnough?.map(({ path }) => run(path))).toEqual(
      newEnough?.map(() => ({ ...run(process.execPath), pid: expect.any(Number) as number })),
    );
  });

  it('says in one line which Node it needs, on every one here that is too old', () => {
    for (const { path, version } of tooOld ?? []) {
      expect(run(path)).toMatchObject({
        status: 2,
        stdout: '',
        stderr: `error: cni-plugins-installer needs Node ${manifest.engines.node.replace('>=', '')} or newer, ${path} is ${version}\n`,
      });
    }
  });
});
