// Promises about plugins that others placed: replaced, kept or refused, and what was theirs is not lost.

import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import { plugin, pluginForAnotherMachine, truncatedPlugin } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { snapshotOf } from '../support/snapshot.ts';

/** Another installer's macvlan. */
function place(node: TestNode, bytes: Buffer): string {
  const path = join(node.binDir, 'macvlan');
  writeFileSync(path, bytes, { mode: 0o755 });
  return path;
}

function soundArchive(node: TestNode): string[] {
  const { path, sha256 } = layOutRelease(node.archives);
  return ['--archive', path, '--sha256', sha256];
}

const theirs = plugin('macvlan', { version: 'v1.0.0' });

describe('by default', () => {
  it("another installer's plugin is replaced, and the original kept with its times and inode", async () => {
    using node = createNode();
    const path = place(node, theirs);
    utimesSync(path, 1_000_000_000, 1_000_000_000);
    const { macvlan: original } = snapshotOf(node.binDir);

    const run = await runInstaller(node, soundArchive(node));

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { plugins: { placed: ['bridge', 'macvlan', 'static'] } },
    });
    expect(readFileSync(path)).toEqual(plugin('macvlan'));
    expect(snapshotOf(join(node.stateDir, 'originals'))).toEqual({ macvlan: original });
  });

  it('a plugin with the very bytes is adopted: its inode stays', async () => {
    using node = createNode();
    place(node, plugin('macvlan'));
    const { macvlan: before } = snapshotOf(node.binDir);

    const run = await runInstaller(node, soundArchive(node));

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { intact: ['macvlan'] } } });
    expect(snapshotOf(node.binDir)['macvlan']).toEqual(before);
  });

  it.each<[what: string, target: string]>([
    ['that leads to a program', 'cni'],
    ['that dangles', '/nowhere/cni'],
  ])('a symbolic link %s is replaced itself; its target is not written to', async (_what, target) => {
    using node = createNode();
    const multiCall = join(node.binDir, 'cni');
    writeFileSync(multiCall, theirs, { mode: 0o755 });
    symlinkSync(target, join(node.binDir, 'macvlan'));
    const { cni: before } = snapshotOf(node.binDir);

    const run = await runInstaller(node, soundArchive(node));

    expect(run.exitStatus).toBe(0);
    expect(lstatSync(join(node.binDir, 'macvlan')).isFile()).toBe(true);
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
    expect(snapshotOf(node.binDir)['cni']).toEqual(before);
    expect(readlinkSync(join(node.stateDir, 'originals/macvlan'))).toBe(target);
  });
});

describe.each<[by: string, args: string[], env: Record<string, string>]>([
  ['--on-conflict=keep', ['--on-conflict', 'keep'], {}],
  ['UPDATE_CNI_BINARIES=false', [], { UPDATE_CNI_BINARIES: 'false' }],
])('under %s', (_by, args, env) => {
  it("another installer's plugin that works is kept as it is, and said so", async () => {
    using node = createNode();
    place(node, theirs);
    const { macvlan: before } = snapshotOf(node.binDir);

    const run = await runInstaller(node, [...soundArchive(node), ...args], { env });

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { plugins: { placed: ['bridge', 'static'], kept: ['macvlan'] } },
    });
    expect(run.report?.warnings).toEqual([expect.stringContaining('macvlan')]);
    expect(snapshotOf(node.binDir)['macvlan']).toEqual(before);
  });

  it.each<[what: string, bytes: Buffer]>([
    ['has zero bytes', Buffer.alloc(0)],
    ['is cut short', truncatedPlugin('macvlan')],
    ['is for another machine', pluginForAnotherMachine('macvlan')],
    ['fails', plugin('macvlan', { behaviour: 'fails' })],
  ])('one that %s is replaced, its original kept, and that said loudly', async (_what, bytes) => {
    using node = createNode();
    const path = place(node, bytes);

    const run = await runInstaller(node, [...soundArchive(node), ...args], { env });

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: [] } } });
    expect(readFileSync(path)).toEqual(plugin('macvlan'));
    expect(readFileSync(join(node.stateDir, 'originals/macvlan'))).toEqual(bytes);
    expect(run.stderr).toMatch(/^warn: .*macvlan.*does not work/m);
  });

  it('a kept plugin is not run again at the next start, which writes nothing', async () => {
    using node = createNode();
    place(node, theirs);
    const words = [...soundArchive(node), ...args];
    await runInstaller(node, words, { env });
    const before = snapshotOf(node.binDir);

    const run = await runInstaller(node, words, { env });

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { outcome: 'unchanged', plugins: { intact: ['bridge', 'static'], kept: ['macvlan'] } },
    });
    expect(snapshotOf(node.binDir)).toEqual(before);
  });
});

describe('under --on-conflict=keep', () => {
  it('a link into a multi-call binary that works is kept', async () => {
    using node = createNode();
    writeFileSync(join(node.binDir, 'cni'), theirs, { mode: 0o755 });
    symlinkSync('cni', join(node.binDir, 'macvlan'));

    const run = await runInstaller(node, [...soundArchive(node), '--on-conflict', 'keep']);

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: ['macvlan'] } } });
    expect(readlinkSync(join(node.binDir, 'macvlan'))).toBe('cni');
    expect(existsSync(join(node.stateDir, 'originals'))).toBe(false);
  });
});
