// Promises on a node whose bin dir is read-only: plugins that are baked in are used as they are, and what is not there is named.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNode, refusalOf, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { afterMounting, describeWhere, missingForMounts } from '../support/needs.ts';
import { plugin, pluginForAnotherMachine, pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { untouchedSnapshotOf } from '../support/snapshot.ts';

/** Plugins of another release than the one that is wished for, as an image of the system has them. */
function bakedIn(names: readonly string[] = pluginNames): TestNode {
  const node = createNode();
  for (const name of names) {
    writeFileSync(join(node.binDir, name), plugin(name, { version: 'v1.3.0' }), { mode: 0o755 });
  }
  return node;
}

function readOnly(node: TestNode, words: readonly string[]): Promise<Run> {
  const { binDir } = node;
  const code = `mount --bind "${binDir}" "${binDir}"; mount -o remount,bind,ro "${binDir}"`;
  return runInstaller(node, words, { within: afterMounting(code) });
}

function install(node: TestNode): string[] {
  const { path, sha256 } = layOutRelease(node.archives);
  return ['install', '--archive', path, '--sha256', sha256];
}

describeWhere(missingForMounts(), 'a read-only bin dir that has all that is wanted', () => {
  it.each([[[]], [['--dry-run']]])(
    'is unchanged, with a warning of what cannot be done there %j',
    async (more) => {
      using node = bakedIn();
      const before = untouchedSnapshotOf(node.binDir);

      const run = await readOnly(node, [...install(node), ...more]);

      expect(run).toMatchObject({
        exitStatus: 0,
        report: { outcome: 'unchanged', version: null, plugins: { placed: [], kept: [...pluginNames] } },
      });
      expect(run.report?.warnings).toEqual([
        expect.stringMatching(/read-only.*recorded, repaired or undone/),
        expect.stringMatching(
          /^kept, .*: bridge, macvlan, static \(v1\.3\.0, speaks CNI .*; v1\.9\.1 also speaks 1\.1\.0/,
        ),
      ]);
      expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
    },
  );

  it('of an old release is told of: version, and what its plugins speak and lack', async () => {
    using node = createNode();
    const old = plugin('macvlan', { version: 'v0.8.7', speaks: ['0.3.1', '0.4.0'] });
    for (const name of pluginNames) {
      writeFileSync(join(node.binDir, name), name === 'macvlan' ? old : plugin(name), { mode: 0o755 });
    }

    const run = await readOnly(node, install(node));

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged' } });
    expect(run.report?.warnings).toContainEqual(
      expect.stringMatching(
        /: macvlan \(v0\.8\.7, speaks CNI 0\.3\.1, 0\.4\.0\); v1\.9\.1 also speaks 1\.0\.0, 1\.1\.0/,
      ),
    );
  });

  it('is verified without a finding, and each plugin is called what it is: not ours', async () => {
    using node = bakedIn();

    const { exitStatus, stdout } = await readOnly(node, ['verify', '--output', 'json']);

    expect(exitStatus).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'intact',
      plugins: pluginNames.map((name) => ({ name, state: 'foreign', owner: 'other' })),
    });
  });
});

describeWhere(missingForMounts(), 'a read-only bin dir', () => {
  it.each<[what: string, change: (path: string) => void, says: RegExp]>([
    ['lacks a plugin', (path) => rmSync(path), /read-only.* macvlan can't be placed there/],
    [
      'has one that is cut to zero bytes',
      (path) => writeFileSync(path, ''),
      /read-only.* macvlan does not work/,
    ],
    [
      'has one for another machine',
      (path) => writeFileSync(path, pluginForAnotherMachine('macvlan')),
      /read-only.* macvlan does not work/,
    ],
  ])('that %s is status 6, which names it; verify finds the same', async (_what, change, says) => {
    using node = bakedIn();
    change(join(node.binDir, 'macvlan'));

    const run = await readOnly(node, install(node));
    const verified = await readOnly(node, ['verify', '--output', 'json']);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'node-read-only',
      message: expect.stringMatching(says),
    });
    expect(run.report?.plugins.failed).toEqual(['macvlan']);
    expect(verified.exitStatus).toBe(9);
    expect(JSON.parse(verified.stdout).findings).toHaveLength(1);
  });
});
