// Proves on a real runtime what a container's mount does to a watch: the directory under it is replaced, and comes back.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import type { ContainerSpec, HostPathMount } from '../throwaway-node/cri.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  binDir,
  bootInstallerNode,
  current,
  hostProc,
  runInstaller,
  threeCapabilities,
} from '../support/node/installer-container.ts';
import { deliverArchive, pluginsArchive } from '../support/node/plugins-archive.ts';

const bundled: HostPathMount = {
  hostPath: '/var/lib/bundled',
  containerPath: '/usr/share/cni-plugins-installer/archives',
  readonly: true,
};

/** What an emptyDir is to the containers of one pod: it outlives each of them. */
const notes: HostPathMount = { hostPath: '/var/lib/notes', containerPath: '/tmp' };

const pod = { name: 'watch', hostNetwork: true };

/** As the chart has it: no capability, nothing writable but the bin dir and the notes. */
function watcher(mounts: readonly HostPathMount[] = []): ContainerSpec {
  return {
    name: 'watch',
    image: installerReference,
    args: ['watch'],
    privileged: false,
    dropAllCapabilities: true,
    seccomp: 'RuntimeDefault',
    mounts: [binDir, hostProc, notes, ...mounts],
  };
}

async function nodeWithPlugins(): Promise<ThrowawayNode> {
  const node = await bootInstallerNode();
  await mkdir(join(node.root, notes.hostPath), { recursive: true });
  await deliverArchive(node, pluginsArchive(current), `${bundled.hostPath}/${current}`);
  expect(await runInstaller(node)).toMatchObject({ exitCode: 0 });
  return node;
}

function whatStands(node: ThrowawayNode): Promise<string> {
  return node.host('cd /opt/cni/bin && ls && sha256sum macvlan');
}

describeOnNode('a bin dir that is removed and made anew, as a package upgrade does', () => {
  it('ends the watch with 0, and the next start fills the new one from the archive in the image', async () => {
    await using node = await nodeWithPlugins();
    const before = await whatStands(node);
    const sandbox = await node.cri.runSandbox(pod);
    const first = await node.cri.run(sandbox, watcher([bundled]));
    await eventually('it is ready', 30_000, async () => {
      const { exitCode } = await node.cri.exec(first, [
        '/usr/bin/node',
        '--eval',
        `require('http').get('http://127.0.0.1:19917/readyz', (a) => process.exit(a.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`,
      ]);
      return exitCode === 0 ? true : undefined;
    });

    await node.host('rm -rf /opt/cni/bin && mkdir /opt/cni/bin');
    const end = await node.cri.awaitEnd(first, 35_000);

    expect(end).toMatchObject({ exitCode: 0 });
    expect(end.terminationMessage).toContain('was replaced');
    const second = await node.cri.run(sandbox, watcher([bundled]));
    await eventually('the plugins are back', 30_000, async () =>
      (await whatStands(node).catch(() => '')) === before ? true : undefined,
    );
    expect((await node.cri.output(second)).stderr).toContain('was put into the new one');
  });
});

describeOnNode('mounts that something makes private again', () => {
  it('are shared again by share-mounts that stays', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(pod);
    const stays: ContainerSpec = {
      name: 'share-mounts',
      image: installerReference,
      args: ['share-mounts', '--every', '2s'],
      ...threeCapabilities,
      mounts: [hostProc],
    };
    const container = await node.cri.run(sandbox, stays);
    const shared = (): Promise<true> =>
      eventually('the root mount is shared', 20_000, async () =>
        (await node.mountinfo('/')).shared ? true : undefined,
      );
    await shared();

    await node.host('mount --make-rprivate /');

    await shared();
    await node.cri.stopContainer(container, 10);
    expect(await node.cri.awaitEnd(container)).toMatchObject({ exitCode: 0 });
  });
});
