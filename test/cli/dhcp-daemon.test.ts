// Promises about the plugin dhcp on a node where its daemon does not run: one sentence, with the way out.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { contentsOf, layOut, packRelease } from '../support/release-archives.ts';

/** What the installer sees of a host: its table of sockets, and its root. */
function hostProc(node: TestNode, sockets: string): string {
  const directory = join(node.directory, 'host-proc');
  mkdirSync(join(directory, '1/net'), { recursive: true });
  mkdirSync(join(directory, '1/root/run/cni'), { recursive: true });
  writeFileSync(join(directory, '1/net/unix'), `Num RefCount Protocol Flags Type St Inode Path\n${sockets}`);
  return directory;
}

async function install(node: TestNode, plugins: string, procfs: string): Promise<Run> {
  const contents = { ...contentsOf('v1.9.1'), dhcp: plugin('dhcp') };
  const { path, sha256 } = layOut(join(node.archives, 'with-dhcp.tgz'), packRelease(contents));
  return runInstaller(node, [
    '--archive',
    path,
    '--sha256',
    sha256,
    '--plugins',
    plugins,
    '--host-proc',
    procfs,
  ]);
}

const absent = expect.stringMatching(
  /^the plugin dhcp is on the node, .* is not there .*https:\/\/www\.cni\.dev\//,
);

describe('dhcp in the set', () => {
  it('without its daemon is a warning with a link, at every start', async () => {
    using node = createNode();
    const procfs = hostProc(node, '');

    const first = await install(node, 'bridge,dhcp', procfs);
    const second = await install(node, 'bridge,dhcp', procfs);

    expect(first).toMatchObject({ exitStatus: 0, report: { outcome: 'installed', warnings: [absent] } });
    expect(second).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged', warnings: [absent] } });
  });

  it('is no word worth where a daemon listens', async () => {
    using node = createNode();
    const procfs = hostProc(node, '0: 00000002 00000000 00010000 0001 01 4711 /run/cni/dhcp.sock\n');

    const { report } = await install(node, 'bridge,dhcp', procfs);

    expect(report?.warnings).toBeUndefined();
  });

  it('is no word worth where the daemon of another network namespace has its socket', async () => {
    using node = createNode();
    const procfs = hostProc(node, '');
    writeFileSync(join(procfs, '1/root/run/cni/dhcp.sock'), '');

    const { report } = await install(node, 'bridge,dhcp', procfs);

    expect(report?.warnings).toBeUndefined();
  });

  it('on a node that can not be looked into is a warning once, which says so', async () => {
    using node = createNode();
    const nothing = join(node.directory, 'nothing');
    mkdirSync(nothing);

    const first = await install(node, 'bridge,dhcp', nothing);
    const second = await install(node, 'bridge,dhcp', nothing);

    expect(first.report?.warnings).toEqual([expect.stringContaining("can't be seen from here")]);
    expect(second.report?.warnings).toBeUndefined();
  });
});

it('a set without dhcp is told nothing of its daemon', async () => {
  using node = createNode();

  const { report } = await install(node, 'bridge', hostProc(node, ''));

  expect(report?.warnings).toBeUndefined();
});
