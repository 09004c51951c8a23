// The bin dir of a node is removed and made anew under a watch, as a package upgrade does; a second start sees the new one.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container, ContainerSpec, EndedContainer, HostPathMount } from '../../throwaway-node/cri.ts';
import { eventually } from '../../throwaway-node/eventually.ts';
import { installerReference } from '../../throwaway-node/images.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import { binDir, current, hostProc } from './installer-container.ts';
import { deliverArchive, pluginsArchive } from './plugins-archive.ts';

const bundled: HostPathMount = {
  hostPath: '/var/lib/bundled',
  containerPath: '/usr/share/cni-plugins-installer/archives',
  readonly: true,
};

/** What an emptyDir is to the containers of one pod: it outlives each of them. */
const notes: HostPathMount = { hostPath: '/var/lib/notes', containerPath: '/tmp' };

const pod = { name: 'watch', hostNetwork: true };

/** As the chart has it, with an image that brings archives: no capability, nothing writable but the bin dir and the notes. */
const watcher: ContainerSpec = {
  name: 'watch',
  image: installerReference,
  args: ['watch'],
  privileged: false,
  dropAllCapabilities: true,
  seccomp: 'RuntimeDefault',
  mounts: [binDir, hostProc, notes, bundled],
};

export interface Replacement {
  /** Of the container whose directory was replaced; it has half a minute for it. */
  readonly end: EndedContainer;
  /** Names and a digest, before and once the second start has what it puts back. */
  readonly before: string;
  readonly after: string;
  /** The second start's log. */
  readonly said: string;
}

/** On a node that has the plugins. */
export async function replaceBinDir(node: ThrowawayNode): Promise<Replacement> {
  await mkdir(join(node.root, notes.hostPath), { recursive: true });
  await deliverArchive(node, pluginsArchive(current), `${bundled.hostPath}/${current}`);
  const before = await whatStands(node);
  const sandbox = await node.cri.runSandbox(pod);
  const first = await node.cri.run(sandbox, watcher);
  await untilReady(node, first);

  await node.host('rm -rf /opt/cni/bin && mkdir /opt/cni/bin');
  const end = await node.cri.awaitEnd(first, 35_000);

  const second = await node.cri.run(sandbox, watcher);
  await untilReady(node, second);
  return { end, before, after: await whatStands(node), said: (await node.cri.output(second)).stderr };
}

async function untilReady(node: ThrowawayNode, container: Container): Promise<void> {
  await eventually('the watch is ready', 60_000, async () => {
    const { exitCode } = await node.cri.exec(container, [
      '/usr/bin/node',
      '--eval',
      `require('http').get('http://127.0.0.1:19917/readyz', (a) => process.exit(a.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`,
    ]);
    return exitCode === 0 ? true : undefined;
  });
}

function whatStands(node: ThrowawayNode): Promise<string> {
  return node.host('cd /opt/cni/bin && ls && sha256sum macvlan');
}
