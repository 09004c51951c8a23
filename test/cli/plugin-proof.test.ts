// Promises about plugins that do not work on this node: exit status 7, and the ones that were there stay.

import { existsSync, globSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import {
  plugin,
  pluginForAnotherMachine,
  pluginNames,
  shellScript,
  truncatedPlugin,
} from '../support/plugins.ts';
import { contentsOf, layOut, packRelease, type ReleaseArchive } from '../support/release-archives.ts';
import { namesIn, snapshotOf } from '../support/snapshot.ts';

function archiveWithMacvlan(node: TestNode, macvlan: Buffer): ReleaseArchive {
  return layOut(join(node.archives, 'broken.tgz'), packRelease({ ...contentsOf('v1.9.1'), macvlan }));
}

/** Executables below the directory that some process runs. */
function programsIn(directory: string): string[] {
  return globSync('/proc/[0-9]*/exe').flatMap((link) => {
    const program = readLinkIfThere(link);
    return program?.startsWith(directory) === true ? [program] : [];
  });
}

/** A process may end, or belong to another user, between the listing and the look. */
function readLinkIfThere(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

describe('a plugin in the archive', () => {
  it.each<[what: string, bytes: Buffer, code: string]>([
    ['of another architecture', pluginForAnotherMachine('macvlan'), 'plugin-other-architecture'],
    ['of zero bytes', Buffer.alloc(0), 'plugin-not-elf'],
    ['that is a shell script', shellScript('macvlan'), 'plugin-not-elf'],
    ['that is cut short', truncatedPlugin('macvlan'), 'plugin-truncated'],
    ['that crashes', plugin('macvlan', { behaviour: 'crashes' }), 'plugin-crashes'],
    ['that exits with 1', plugin('macvlan', { behaviour: 'fails' }), 'plugin-fails'],
    ['that prints no JSON', plugin('macvlan', { behaviour: 'speaks-no-cni' }), 'plugin-speaks-no-cni'],
  ])('%s is status 7, and no plugin is touched', async (_what, bytes, code) => {
    using node = createNode();
    for (const name of pluginNames) {
      writeFileSync(join(node.binDir, name), plugin(name, { version: 'v1.0.0' }), { mode: 0o755 });
    }
    const before = snapshotOf(node.binDir);
    const { path, sha256 } = archiveWithMacvlan(node, bytes);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 7,
      code,
      message: expect.stringContaining('macvlan'),
    });
    expect(run.report?.plugins.failed).toEqual(['macvlan']);
    expect(snapshotOf(node.binDir)).toMatchObject(before);
  });

  it('that does not work leaves nothing of ours in a bin dir where nothing was installed', async () => {
    using node = createNode();
    const { path, sha256 } = archiveWithMacvlan(node, plugin('macvlan', { behaviour: 'fails' }));

    await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(namesIn(node.binDir)).toEqual([]);
  });

  it('that hangs is status 7 after a bounded time, and leaves nothing running', async () => {
    using node = createNode();
    const { path, sha256 } = archiveWithMacvlan(node, plugin('macvlan', { behaviour: 'hangs' }));

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 7, code: 'plugin-hangs' });
    expect(existsSync(join(node.binDir, 'macvlan'))).toBe(false);
    expect(programsIn(node.binDir)).toEqual([]);
  });

  it('that says which spec versions it speaks when it is run is not run again to be asked', async () => {
    using node = createNode();
    const { path, sha256 } = archiveWithMacvlan(node, plugin('macvlan', { behaviour: 'says-all-at-once' }));

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
  });

  it('that does not work is no reason to fail when nobody asked for it', async () => {
    using node = createNode();
    const { path, sha256 } = archiveWithMacvlan(node, plugin('macvlan', { behaviour: 'fails' }));

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'bridge']);

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { placed: ['bridge'] } } });
  });
});
