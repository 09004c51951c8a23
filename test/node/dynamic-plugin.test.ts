// Proves on a real node that a plugin which only our image can load is not taken for one that works.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { imageWithLoaderAt, withLoaderReference } from '../throwaway-node/images.ts';
import type { ContainerSpec } from '../throwaway-node/cri.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { bootInstallerNode, installer, runInstaller } from '../support/node/installer-container.ts';
import { deliverArchive, type PluginsArchive } from '../support/node/plugins-archive.ts';
import { dynamicPlugin } from '../support/plugins.ts';
import { archiveName, contentsOf, layOut, packRelease } from '../support/release-archives.ts';
import { pluginsIn } from '../support/snapshot.ts';

const loader = '/opt/only-in-the-image/ld.so';

function archiveWith(macvlan: Buffer): PluginsArchive {
  const directory = mkdtempSync(join(tmpdir(), 'dynamic-'));
  const path = join(directory, archiveName('v1.9.1'));
  const { sha256 } = layOut(path, packRelease({ ...contentsOf('v1.9.1'), macvlan }));
  return { version: 'v1.9.1', path, sha256, origin: 'made by the test' };
}

async function nodeWith(archive: PluginsArchive): Promise<ThrowawayNode> {
  const node = await bootInstallerNode();
  await node.importImage(await imageWithLoaderAt(loader));
  await deliverArchive(node, archive);
  return node;
}

const spec: ContainerSpec = { image: withLoaderReference, env: { CNI_PLUGINS: 'bridge,macvlan' } };

describeOnNode('a dynamically linked plugin', () => {
  it('that only our image can load fails the container, and no pod meets it', async () => {
    const archive = archiveWith(dynamicPlugin('macvlan', loader));
    await using node = await nodeWith(archive);

    const { exitCode, report } = await runInstaller(node, installer(spec, archive));

    expect({ exitCode, report }).toMatchObject({
      exitCode: 7,
      report: { error: { code: 'plugin-not-started', message: expect.stringContaining(loader) } },
    });
    expect(pluginsIn(node.binDir)).toEqual([]);
  });

  it('that the node can load is installed, and runs there', async () => {
    const archive = archiveWith(dynamicPlugin('macvlan'));
    await using node = await nodeWith(archive);

    const { exitCode, report } = await runInstaller(node, installer(spec, archive));

    expect({ exitCode, report }).toMatchObject({ exitCode: 0, report: { outcome: 'installed' } });
    expect(report.warnings).toBeUndefined();
    expect(await node.host('/opt/cni/bin/macvlan 2>&1')).toContain('CNI macvlan plugin v1.9.1');
  });

  it('in a container without any privilege is a warning that names the loader', async () => {
    const archive = archiveWith(dynamicPlugin('macvlan', loader));
    await using node = await nodeWith(archive);
    const unprivileged = { privileged: false, dropAllCapabilities: true } as const;

    const run = await runInstaller(node, installer({ ...spec, ...unprivileged }, archive));

    expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'installed' } });
    expect(run.report.warnings).toContainEqual(expect.stringContaining(loader));
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(dynamicPlugin('macvlan', loader));
  });
});
