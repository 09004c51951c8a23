// Promises about an archive that is the expected one, but not acceptable: exit status 5, before anything is placed.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { type Contents, contentsOf, layOut, packRelease, soundRelease } from '../support/release-archives.ts';
import { namesIn } from '../support/snapshot.ts';
import { tgz } from '../support/tar.ts';

const sound = contentsOf('v1.9.1');

/** Everything in the bin dir but our own state. */
function pluginsIn(node: TestNode): string[] {
  return namesIn(node.binDir).filter((name) => name !== '.cni-plugins-installer');
}

describe('an archive with the expected digest', () => {
  it.each<[what: string, macvlan: Contents[string]]>([
    ['a symbolic link', { type: 'symlink', linkTarget: '/bin/sh' }],
    ['a hard link', { type: 'hardlink', linkTarget: './bridge' }],
    ['a device', { type: 'character-device' }],
    ['a FIFO', { type: 'fifo' }],
    ['a directory', { type: 'directory' }],
  ])('with %s in the place of a plugin is status 5, naming the plugin', async (_what, macvlan) => {
    using node = createNode();
    const { path, sha256 } = layOut(join(node.archives, 'hostile.tgz'), packRelease({ ...sound, macvlan }));

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 5, message: expect.stringContaining('macvlan') });
    expect(pluginsIn(node)).toEqual([]);
  });

  it('with a plugin twice is status 5', async () => {
    using node = createNode();
    const { path, sha256 } = layOut(
      join(node.archives, 'twice.tgz'),
      tgz([
        { name: './macvlan', content: plugin('macvlan') },
        { name: 'macvlan', content: plugin('macvlan', { behaviour: 'fails' }) },
      ]),
    );

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'macvlan']);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 5, code: 'plugin-twice' });
    expect(pluginsIn(node)).toEqual([]);
  });

  it('without a requested plugin is status 5, saying what it has', async () => {
    using node = createNode();
    const { macvlan: _macvlan, ...others } = sound;
    const { path, sha256 } = layOut(join(node.archives, 'incomplete.tgz'), packRelease(others));

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 5,
      code: 'plugin-not-in-archive',
      message: expect.stringMatching(/macvlan.*bridge, static/),
    });
    expect(pluginsIn(node)).toEqual([]);
  });

  it('that lacks a plugin leaves nothing of ours in a bin dir where nothing was installed', async () => {
    using node = createNode();
    const { macvlan: _macvlan, ...others } = sound;
    const { path, sha256 } = layOut(join(node.archives, 'incomplete.tgz'), packRelease(others));

    await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(namesIn(node.binDir)).toEqual([]);
  });

  it('of an unknown release is status 5 for a plugin that only the archive can deny', async () => {
    using node = createNode();
    const { path, sha256 } = layOut(join(node.archives, 'cni-plugins-linux-any-v1.99.0.tgz'), soundRelease());

    const run = await runInstaller(node, [
      '--archive',
      path,
      '--sha256',
      sha256,
      '--plugins',
      'macvlan,quantum',
    ]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 5, message: expect.stringContaining('quantum') });
  });

  it.each<[what: string, bytes: Buffer]>([
    ['is cut short', soundRelease().subarray(0, 200_000)],
    ['is no gzip', Buffer.from('<!doctype html>')],
    ['is empty', Buffer.alloc(0)],
    ['has no entry at all', tgz([])],
  ])('that %s is status 5 when the operator vouched for these very bytes', async (_what, bytes) => {
    using node = createNode();
    const { path, sha256 } = layOut(join(node.archives, 'vouched.tgz'), bytes);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 5, message: expect.stringContaining(path) });
    expect(namesIn(node.binDir)).toEqual([]);
  });
});
