// Promises about leaving a node for good: what Multus wrote goes, what others wrote stays, and pods go on starting.

import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import { describeWhere, missingCommands, missingForRoot } from '../support/needs.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { pluginsIn, snapshotOf } from '../support/snapshot.ts';

const kubeconfig = '/etc/cni/net.d/multus.d/multus.kubeconfig';
const shim = { type: 'multus-shim', clusterNetwork: '/host/etc/cni/net.d/10-pods.conflist' };
const thin = { plugins: [{ type: 'multus', kubeconfig, delegates: [{}] }] };
const pods = { name: 'pods', plugins: [{ type: 'bridge', ipam: { type: 'static' } }] };

/** Where programs name their module is far into them, and across the border of two reads. */
const program = Buffer.alloc(200_000, '.');
program.write('path gopkg.in/k8snetworkplumbingwg/multus-cni.v4/cmd/multus-shim', 65_536 - 20);

/** A node whose configuration directory holds these files, and its bin dir programs of Multus and of others. */
function createMultusNode(files: Readonly<Record<string, string>>): TestNode & { readonly confDir: string } {
  const node = createNode();
  const confDir = join(node.directory, 'etc/cni/net.d');
  mkdirSync(join(confDir, 'multus.d'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(confDir, name), text);
  for (const name of ['multus', 'multus-shim'])
    writeFileSync(join(node.binDir, name), program, { mode: 0o755 });
  writeFileSync(join(node.binDir, 'passthru'), 'of another', { mode: 0o755 });
  return { ...node, confDir };
}

const ofMultus = {
  '00-multus.conf': JSON.stringify(shim),
  '00-multus.conflist': JSON.stringify(thin),
  'multus.d/multus.kubeconfig': '# Kubeconfig file for Multus CNI plugin.\napiVersion: v1\n',
};

async function install(node: TestNode): Promise<void> {
  const { path, sha256 } = layOutRelease(node.archives);
  const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);
  expect(run.report?.plugins.placed).toEqual(['bridge', 'macvlan', 'static']);
}

describe('uninstall that is told where the configuration is', () => {
  it("takes Multus' configuration, credentials and binaries, and nothing that only has their names", async () => {
    const others = {
      '10-pods.conflist': JSON.stringify({ type: 'other-cni' }),
      '00-multus.conf': '{"type":"mine"}',
    };
    using node = createMultusNode({ ...ofMultus, ...others });
    await install(node);
    const found = snapshotOf(node.confDir);

    const run = await runInstaller(node, ['uninstall', '--cni-conf-dir', node.confDir]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'uninstalled' } });
    expect(snapshotOf(node.confDir)).toEqual({
      '10-pods.conflist': found['10-pods.conflist'],
      '00-multus.conf': found['00-multus.conf'],
    });
    expect(readdirSync(node.binDir)).toEqual(['passthru']);
    expect(run.report?.warnings?.join()).toContain(join(node.confDir, '00-multus.conflist'));
  });

  it('leaves the plugins that the network of the pods calls, as nobody’s', async () => {
    using node = createMultusNode({ ...ofMultus, '10-pods.conflist': JSON.stringify(pods) });
    await install(node);

    const run = await runInstaller(node, ['uninstall', '--cni-conf-dir', node.confDir]);

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: ['bridge', 'static'] } } });
    expect(readdirSync(node.binDir).toSorted()).toEqual(['bridge', 'passthru', 'static']);
    const audit = await runInstaller(node, ['verify', '--share-mounts', 'off', '--output', 'json']);
    expect(JSON.parse(audit.stdout)).toMatchObject({
      plugins: expect.arrayContaining([expect.objectContaining({ name: 'bridge', owner: 'other' })]),
    });
  });

  it('does the same a second time, and on a node where only Multus ever was', async () => {
    using node = createMultusNode(ofMultus);
    const leave = (): ReturnType<typeof runInstaller> =>
      runInstaller(node, ['uninstall', '--cni-conf-dir', node.confDir]);

    expect(await leave()).toMatchObject({ exitStatus: 0, report: { outcome: 'uninstalled' } });
    expect(readdirSync(node.confDir)).toEqual([]);
    expect(await leave()).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged' } });
  });

  it('changes nothing in a dry run, and says what would go', async () => {
    using node = createMultusNode(ofMultus);
    await install(node);
    const before = snapshotOf(node.directory);

    const run = await runInstaller(node, ['uninstall', '--dry-run', '--cni-conf-dir', node.confDir]);

    expect(snapshotOf(join(node.directory, 'opt'))).toEqual(
      Object.fromEntries(
        Object.entries(before).flatMap(([path, entry]) =>
          path.startsWith('opt/') ? [[path.slice(4), entry]] : [],
        ),
      ),
    );
    expect(readdirSync(node.confDir)).toEqual(['00-multus.conf', '00-multus.conflist', 'multus.d']);
    expect(run.report?.warnings?.join()).toContain('would go with it');
  });

  it('is not put off by a directory that is not there', async () => {
    using node = createNode();
    await install(node);

    const run = await runInstaller(node, [
      'uninstall',
      '--cni-conf-dir',
      join(node.directory, 'etc/cni/net.d'),
    ]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'uninstalled' } });
    expect(readdirSync(node.binDir)).toEqual([]);
  });
});

describe('uninstall that is not told', () => {
  it("touches nothing of Multus'", async () => {
    using node = createMultusNode(ofMultus);
    await install(node);
    const before = snapshotOf(node.confDir);

    await runInstaller(node, ['uninstall']);

    expect(snapshotOf(node.confDir)).toEqual(before);
    expect(existsSync(join(node.binDir, 'multus-shim'))).toBe(true);
  });
});

/** A root that may open no more than any owner. */
const within = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

describeWhere(missingForRoot() ?? missingCommands(['setpriv']), 'leaving without any capability', () => {
  it('takes out a plugin of ours that somebody hid from everybody, and gives back what it had displaced', async () => {
    using node = createNode();
    writeFileSync(join(node.binDir, 'bridge'), 'of another', { mode: 0o755 });
    const found = snapshotOf(node.binDir);
    await install(node);
    for (const name of ['bridge', 'macvlan']) chmodSync(join(node.binDir, name), 0);

    const run = await runInstaller(node, ['uninstall'], { within });

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'uninstalled' } });
    expect(run.report?.warnings).toEqual([
      expect.stringMatching(/^no longer on this node: macvlan, static;/),
    ]);
    expect(snapshotOf(node.binDir)).toEqual(found);
  });

  it('takes out one that is no longer wanted in the same way', async () => {
    using node = createNode();
    await install(node);
    chmodSync(join(node.binDir, 'macvlan'), 0);
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--skip', 'macvlan'], {
      within,
    });

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(pluginsIn(node.binDir)).toEqual(['bridge', 'static']);
  });

  it('leaves what only another user may read, and says that nobody knows whose it is', async () => {
    using node = createNode();
    await install(node);
    chmodSync(join(node.binDir, 'macvlan'), 0o600);
    chownSync(join(node.binDir, 'macvlan'), 4711, 4711);

    const run = await runInstaller(node, ['uninstall'], { within });

    expect(run.report?.warnings).toContainEqual(
      expect.stringMatching(/^macvlan stays: it may not be read, so nobody knows whose it is/),
    );
    expect(readdirSync(node.binDir)).toEqual(['macvlan']);
  });
});
