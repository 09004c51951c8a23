// Promises of --dry-run: it says what the run would do, and what cannot be known before it, and touches nothing.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Report, runInstaller, type TestNode } from '../support/installer.ts';
import { serveDirectory } from '../support/mirror.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { untouchedSnapshotOf } from '../support/snapshot.ts';

async function withOlder(): Promise<TestNode> {
  const node = createNode();
  const { path, sha256 } = layOutRelease(node.archives, 'v1.8.0');
  const { exitStatus, stderr } = await runInstaller(node, ['--archive', path, '--sha256', sha256]);
  if (exitStatus !== 0) throw new Error(stderr);
  return node;
}

describe('a dry run towards another release, whose archive is not at hand,', () => {
  it('says that each plugin of the one that stands would be replaced, and what is not known', async () => {
    using node = await withOlder();
    await using mirror = await serveDirectory(node.archives);
    const { sha256 } = layOutRelease(node.archives);
    const before = untouchedSnapshotOf(node.binDir);
    const wish = ['--cni-version', 'v1.9.1', '--mirror', mirror.url, '--sha256', sha256];

    const run = await runInstaller(node, [...wish, '--dry-run']);

    expect(run).toMatchObject({
      exitStatus: 0,
      report: {
        dryRun: true,
        outcome: 'installed',
        version: 'v1.9.1',
        plugins: { placed: [...pluginNames], intact: [] },
      },
    });
    expect(run.report?.warnings).toEqual([
      expect.stringMatching(/^3 of v1\.8\.0 would be replaced by those of v1\.9\.1: bridge, macvlan, static/),
      expect.stringMatching(/^the archive of v1\.9\.1 was not asked for: .* not known/),
    ]);
    expect(mirror.asked).toEqual([]);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it.each<[policy: string, placed: readonly string[]]>([
    ['keep', ['macvlan']],
    ['replace', pluginNames],
  ])('foresees what the run does to plugins changed, adopted and kept: %s', async (policy, placed) => {
    using node = createNode();
    writeFileSync(join(node.binDir, 'bridge'), plugin('bridge', { version: 'v1.8.0' }), { mode: 0o755 });
    writeFileSync(join(node.binDir, 'static'), plugin('static', { version: 'v0.1.0' }), { mode: 0o755 });
    const old = layOutRelease(node.archives, 'v1.8.0');
    await runInstaller(node, ['--archive', old.path, '--sha256', old.sha256, '--on-conflict', 'keep']);
    writeFileSync(join(node.binDir, 'macvlan'), 'changed since');
    const next = layOutRelease(join(node.archives, 'v1.9.1'));
    await using mirror = await serveDirectory(node.archives);
    const source = ['--cni-version', 'v1.9.1', '--mirror', mirror.url, '--sha256', next.sha256];
    const words = [...source, '--on-conflict', policy];

    const foreseen = await runInstaller(node, [...words, '--dry-run']);
    const done = await runInstaller(node, words);

    expect(foreseen.report?.plugins.placed).toEqual(placed);
    expect(done.report?.plugins).toEqual<Report['plugins'] | undefined>(foreseen.report?.plugins);
  });
});
