// Proves on a real runtime what a container's mount does to a watch: the directory under it is replaced, and comes back.

import { expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import type { ContainerSpec } from '../throwaway-node/cri.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  binDir,
  bootInstallerNode,
  hostProc,
  runInstaller,
  threeCapabilities,
} from '../support/node/installer-container.ts';
import { replaceBinDir } from '../support/node/replaced-bin-dir.ts';

describeOnNode('a bin dir that is removed and made anew, as a package upgrade does', () => {
  it('ends the watch with 0, and the next start fills the new one from the archive in the image', async () => {
    await using node = await bootInstallerNode();
    expect(await runInstaller(node)).toMatchObject({ exitCode: 0 });

    const { end, before, after, said } = await replaceBinDir(node);

    expect(end).toMatchObject({ exitCode: 0 });
    expect(end.terminationMessage).toContain('was replaced');
    expect(after).toBe(before);
    expect(said).toContain('was put into the new one');
  });
});

/** What a scrape of the node's watch says of the root mount. */
async function rootIsShared(node: ThrowawayNode, value: 0 | 1): Promise<true> {
  return eventually(`the root mount is told with ${value}`, 60_000, async () => {
    const metrics = await node.host('curl --silent http://127.0.0.1:19917/metrics || true');
    return metrics.includes(`cni_plugins_installer_mount_shared{path="/"} ${value}\n`) ? true : undefined;
  });
}

describeOnNode('mounts that something makes private', () => {
  it('are told by a watch without a capability, and shared again by share-mounts that stays', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox({ name: 'watch', hostNetwork: true });
    const tells: ContainerSpec = {
      name: 'watch',
      image: installerReference,
      args: ['watch', '--period', '1s'],
      privileged: false,
      dropAllCapabilities: true,
      seccomp: 'RuntimeDefault',
      mounts: [binDir, hostProc],
    };
    const stays: ContainerSpec = {
      name: 'share-mounts',
      image: installerReference,
      args: ['share-mounts', '--every', '2s'],
      ...threeCapabilities,
      mounts: [hostProc],
    };
    await node.cri.run(sandbox, tells);
    await rootIsShared(node, 0);

    const container = await node.cri.run(sandbox, stays);
    await rootIsShared(node, 1);
    await node.host('mount --make-rprivate /');

    await eventually('the root mount is shared', 20_000, async () =>
      (await node.mountinfo('/')).shared ? true : undefined,
    );
    await node.cri.stopContainer(container, 10);
    expect(await node.cri.awaitEnd(container)).toMatchObject({ exitCode: 0 });
  });
});
